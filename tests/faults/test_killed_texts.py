"""kill -9 at each step of one text (F7): held and charged once, never handed over twice, never free."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from refill.models import Message
from tests.life import Platform
from tests.texting import FINE, Team

ROOT = Path(__file__).resolve().parents[2]
LONG_AGO = "2020-01-01T00:00:00Z"


def die(team: Team, database: str, step: str, folder: Path) -> None:
    """Let another process send it, and see it killed."""
    told = {"account": team.account_id, "number": team.number.pk, "to": FINE}
    environment = {
        **os.environ, "DYING": json.dumps(told), "DATABASE_URL": database, "REFILL_SECRET_KEY": "for tests only",
        "DJANGO_SETTINGS_MODULE": "refill.settings", "REFILL_DATA": str(folder),
    }  # fmt: skip
    command = [sys.executable, "-m", "tests.faults.dying_text", step]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == -9, done.stderr


@pytest.mark.parametrize(
    ("step", "end", "handed_over"),
    [
        ("within M1", None, 0), ("after M1", "delivered", 1), ("before M2", "delivered", 1),
        # It may have been handed over: the carrier is asked, and has never heard of it.
        ("after M2", "failed", 0),
        ("after M3", "delivered", 1), ("within M4", "delivered", 1), ("after M4", "delivered", 1),
        ("within M5", "delivered", 1),
    ],
)  # fmt: skip
def test_F7_a_text_that_is_killed_is_charged_once_or_not_at_all(
    platform: Platform, database: str, tmp_path: Path, step: str, end: str | None, handed_over: int
) -> None:
    team = Team(platform)
    die(team, database, step, tmp_path)
    Message.objects.filter(account_id=team.account_id).update(leased_until=LONG_AGO)
    team.life.advance("2027-03-01 10:00")
    found = list(Message.objects.filter(account_id=team.account_id))
    assert [text.state for text in found] == ([end] if end else [])
    assert [team.handed_over(text) for text in found] == ([handed_over] if end else [])
    assert team.balance() == (100 - handed_over, 0, 0)
    assert team.mismatches() == []
