"""`refill taxes`, and `refill restore` with what it leaves to confirm, run as commands."""

import os
import subprocess
import sys
from pathlib import Path
from unittest.mock import Mock

import psycopg
import pytest
from django.db import connections

from refill.cli import backup
from refill.models import PaymentMethod, SafeMode, TaxRate
from refill.services.developers import keys
from tests.life import Platform
from tests.tidy.tree import ROOT


def refill(database: str, *words: str) -> tuple[int, str]:
    """Exit code, and all that it says."""
    named = os.environ | {"DATABASE_URL": database, "REFILL_SECRET_KEY": "of the test"}
    done = subprocess.run(
        [sys.executable, "-m", "refill", *words], cwd=ROOT, env=named, capture_output=True, text=True, check=False
    )
    return done.returncode, done.stdout + done.stderr


def test_a_tax_row_is_tried_dry_then_added_and_shown(fresh_database: str):
    add = ("taxes", "add", "FR", "20", "--from", "2030-01-01", "--mode", "test", "--reverse-charge")
    code, said = refill(fresh_database, *add, "--dry-run")
    assert (code, TaxRate.objects.count()) == (0, 0)
    assert "FR VAT 20 %, before it no row; 0 accounts of that country." in said
    assert refill(fresh_database, *add)[0] == 0
    row = TaxRate.objects.get()
    assert (row.country, row.rate_basis_points, row.mode, row.reverse_charge) == ("FR", 2_000, "test", True)
    code, said = refill(fresh_database, "taxes", "show")
    assert (code, said.strip()) == (0, "FR  VAT 20 % from 2030-01-01 (test, reverse charge)")
    for wrong in (("FR", "20 percent"), ("FR", "101"), ("XX", "20"), ("FR",)):
        code, said = refill(fresh_database, "taxes", "add", *wrong)
        assert code == 1, said
    assert TaxRate.objects.count() == 1


def test_a_restore_pauses_charges_until_it_is_confirmed(fresh_database: str, platform_key: str, tmp_path: Path):
    file = tmp_path / "refill.backup"
    _a_card_of_a_provider(platform_key)
    backup.write(fresh_database, file)
    connections.close_all()
    for words in ((), (str(file), "--confirm")):
        assert refill(fresh_database, "restore", *words)[0] == 1
    code, said = refill(fresh_database, "restore", str(file), "--replace")
    assert code == 0, said
    assert "Nothing is charged until `refill restore --confirm`" in said
    assert SafeMode.objects.filter(ended_at=None).count() == 1
    assert "Waiting for --send or --drop, or an operator's word in the office: 1 mail." in said
    code, said = refill(fresh_database, "restore", "--confirm")
    assert (code, "Send or drop first what was due when the backup was restored: 1 mail." in said) == (1, True)
    code, said = refill(fresh_database, "restore", "--drop", "mails", "--confirm")
    assert (code, said.splitlines()) == (
        0, ["Dropped: 1 mail.", "The card provider and Refill agree. Charges are made again."],
    )  # fmt: skip
    assert not SafeMode.objects.filter(ended_at=None).exists()
    code, said = refill(fresh_database, "restore", "--confirm")
    assert (code, "Charges are not paused." in said) == (1, True)


def test_a_restore_waits_for_whoever_runs_and_one_that_was_cut_short_is_not_started(
    fresh_database: str, tmp_path: Path
):
    backup.write(fresh_database, file := tmp_path / "refill.backup")
    connections.close_all()
    with psycopg.connect(fresh_database, application_name="refill-worker"):
        code, said = refill(fresh_database, "restore", str(file), "--replace")
        assert (code, "Refill runs on this database (worker). Stop it first." in said) == (1, True)
    # Killed between the rows and what keeps them from being charged again.
    backup.restore(fresh_database, file, replace=True)
    for verb in ("migrate", "verify", "demo"):
        code, said = refill(fresh_database, verb)
        assert (code, "Run `refill restore FILE --replace` again." in said) == (1, True)
    assert refill(fresh_database, "restore", str(file), "--replace")[0] == 0
    assert refill(fresh_database, "verify")[0] == 0


def test_the_programs_of_postgresql_are_not_given_the_password_for_all_to_read(monkeypatch: pytest.MonkeyPatch):
    ran = []
    monkeypatch.setattr(
        subprocess, "run", lambda command, **more: ran.append((command, more["env"])) or Mock(returncode=0)
    )
    backup._run("pg_dump", "postgresql://maya:se%20cret@db.example/refill", "--format=custom")
    ((command, environment),) = ran
    assert command[1:] == ["--dbname=user=maya dbname=refill host=db.example", "--format=custom"]
    assert environment["PGPASSWORD"] == "se cret"


def _a_card_of_a_provider(key: str) -> None:
    keys.register_test_platform_key(key)
    life = Platform(key).life("2027-03-10 12:00", payment_method="visa_ok")
    life.call("POST", "/payment_methods", {"sandbox": "visa_ok"})
    PaymentMethod.objects.update(gateway="stripe")
