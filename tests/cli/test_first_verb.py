"""A verb before the first `refill up`: the main job makes what it needs, every other one says what to do."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.no_database


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    ours = ("REFILL_", "DATABASE_URL", "DJANGO_SETTINGS_MODULE")
    plain = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    return subprocess.run(
        [sys.executable, "-m", "refill", *arguments], env=plain | environment, capture_output=True, text=True,
        timeout=120, check=False,
    )  # fmt: skip


def test_an_empty_directory_is_named_and_then_filled_by_the_main_job(data_dir: Path) -> None:
    early = run("verify", "--data", str(data_dir))
    assert (early.returncode, early.stderr.strip()) == (
        1, "refill: This database has no Refill in it yet. Start it once with `refill up`."
    )  # fmt: skip
    texts = data_dir / "texts.txt"
    texts.write_text("Your table is ready\nSee you at noon\n", encoding="utf-8")
    job = run("replay", str(texts), "--data", str(data_dir))
    assert job.returncode == 0, job.stderr
    assert "2 sent" in job.stdout
    assert "clean" in job.stdout
    assert run("verify", "--data", str(data_dir)).returncode == 0


@pytest.mark.parametrize("words", [("verify",), ("up", "--port", "0")])
def test_a_database_that_is_not_there_is_said_without_a_trace(words: tuple[str, ...], data_dir: Path) -> None:
    away = run(*words, "--data", str(data_dir), DATABASE_URL="postgresql://nobody@127.0.0.1:1/nothing")
    assert away.returncode == 1
    assert away.stderr.startswith("refill: The database cannot be reached")
    assert "Traceback" not in away.stderr
