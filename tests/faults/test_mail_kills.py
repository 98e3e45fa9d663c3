"""kill -9 of whoever sends the mails (F6): at most one repeat for a kill, and never none.

Each kill is a real one, of a process of its own, between two lines of the sender. REFILL_MAIL_KILLS sets how often.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime
from email import message_from_bytes
from pathlib import Path
from random import Random

import pytest
from django.db import connection

from refill.models import Mail
from refill.services.mail import letters, mailing, mails

KILLS = int(os.environ.get("REFILL_MAIL_KILLS", "2"))
# Sends what is due and dies: before the gateway has the mail ("claimed"), or after it took it ("taken").
SENDER = """
import os, signal, sys, django
django.setup()
from refill.gateways.mail import FolderMail, mail_gateway
from refill.services.mail import mailing

class Deadly(FolderMail):
    left = int(sys.argv[2])

    def send(self, letter):
        Deadly.left -= 1
        if Deadly.left == 0 and sys.argv[1] == "claimed":
            os.kill(os.getpid(), signal.SIGKILL)
        super().send(letter)
        if Deadly.left == 0 and sys.argv[1] == "taken":
            os.kill(os.getpid(), signal.SIGKILL)

mailing.mail_gateway = Deadly
while mailing.send_due(): pass
"""


def send_and_die(url: str, folder: Path, step: str, after: int) -> int:
    environment = os.environ | {
        "DATABASE_URL": url, "REFILL_DATA": str(folder), "REFILL_SECRET_KEY": "for tests only",
        "DJANGO_SETTINGS_MODULE": "refill.settings", "REFILL_PROCESS": "worker",
    }  # fmt: skip
    command = [sys.executable, "-c", SENDER, step, str(after)]
    return subprocess.run(command, env=environment, check=False, timeout=120).returncode


def end_leases() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "update refill_mail set send_at = send_at - make_interval(secs => %s)", [mailing.LEASE_SECONDS + 1]
        )


@pytest.mark.parametrize("step", ["claimed", "taken"])
def test_f6_no_kill_loses_a_mail_and_each_repeats_one_at_most(fresh_database: str, tmp_path: Path, step: str) -> None:
    readers = [f"reader{number}@mail.example" for number in range(3 * KILLS + 2)]
    for reader in readers:
        mails.post(
            kind=letters.WRITTEN, account_id=None, at=datetime(2027, 3, 22, 13, 0, tzinfo=UTC), to=[reader],
            facts={"subject": "News", "text": "Hello"}, once="news",
        )  # fmt: skip
    chance = Random(6)
    for _ in range(KILLS):
        assert send_and_die(fresh_database, tmp_path, step, chance.randrange(1, 4)) == -signal.SIGKILL
        end_leases()
    assert send_and_die(fresh_database, tmp_path, "never", 0) == 0
    assert Mail.objects.filter(sent_at=None).count() == 0
    arrived = Counter(str(message_from_bytes(path.read_bytes())["To"]) for path in tmp_path.glob("mail/*.eml"))
    assert set(arrived) == set(readers)
    repeats = arrived.total() - len(readers)
    assert repeats == (KILLS if step == "taken" else 0)
    assert max(arrived.values()) <= 1 + KILLS
