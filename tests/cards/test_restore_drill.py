"""The restore drill: backup, destroy, restore, verify clean, reconcile with a provider that has newer charges."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
import tarfile
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
from django.db import connections

from refill.cli import backup, database
from refill.cli.places import StartRefused
from refill.database_url import parse_database_url
from refill.domain.errors import Conflict
from refill.ledger import verify
from refill.models import Account, Charge, Entry
from refill.services.money import attending, reconciling
from refill.services.office import safe_mode
from tests import database as databases
from tests.cards.conftest import OPERATOR, Town, confirm
from tests.conftest import Session

START = datetime(2020, 1, 1, tzinfo=UTC)


def _dump(url: str) -> list[tuple[object, ...]]:
    with psycopg.connect(url) as connection:
        return connection.execute("select * from refill_entry order by account_id, seq").fetchall()


def test_what_is_destroyed_is_restored_to_the_row_and_what_the_provider_has_more_is_named(
    alone: Town, fresh_database: str, database_session: Session, tmp_path: Path
) -> None:
    life = alone.life()
    life.buy(1_000)
    file, before = tmp_path / "refill.backup", _dump(fresh_database)
    made = backup.write(fresh_database, file)
    assert made["rows"]["refill_entry"] == len(before) == 1
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    life.buy(1_000)  # after the backup: the provider has it, the backup has not

    connections.close_all()
    assert not backup.is_empty(fresh_database)
    backup.clear(fresh_database)
    assert backup.is_empty(fresh_database)
    assert backup.restore(fresh_database, file) == made
    name = parse_database_url(fresh_database).name
    databases.point_django_at(database_session.owner_url, name, as_owner=True)
    database.prepare_database(fresh_database)
    databases.point_django_at(database_session.owner_url, name)

    assert _dump(fresh_database) == before
    assert verify.run() == []
    assert [(one.what, one.here, one.there) for one in reconciling.run(START)] == [
        ("only_there", "nothing", "4000 usd succeeded")
    ]
    assert life.spend(1)["balance"] == 999
    with pytest.raises(Exception, match="permission denied"):
        Entry.objects.filter(account_id=Account.objects.get().pk).delete()


def test_a_backup_that_is_broken_or_of_another_form_changes_nothing(fresh_database: str, tmp_path: Path) -> None:
    before = _dump(fresh_database)
    nothing, other = tmp_path / "nothing", tmp_path / "other"
    nothing.write_bytes(b"no tar at all")
    with tarfile.open(other, "w") as archive:
        (tmp_path / "manifest.json").write_text(json.dumps({"format": 99}))
        archive.add(tmp_path / "manifest.json", "manifest.json")
    backup.write(fresh_database, whole := tmp_path / "whole")
    written = whole.read_bytes()
    (cut := tmp_path / "cut").write_bytes(written[:-20_000])
    (bent := tmp_path / "bent").write_bytes(written[:-20_000] + bytes(1_000) + written[-19_000:])
    for file in (nothing, other, tmp_path / "missing", cut, bent):
        with pytest.raises(StartRefused):
            backup.restore(fresh_database, file, replace=True)
    backup.refuse_unfinished(fresh_database)
    assert _dump(fresh_database) == before


def test_a_database_that_is_not_empty_is_not_restored_into(fresh_database: str, tmp_path: Path) -> None:
    file = tmp_path / "refill.backup"
    backup.write(fresh_database, file)
    with pytest.raises(StartRefused, match="already exists"):
        backup.restore(fresh_database, file)


def test_an_empty_database_has_nothing_to_back_up(fresh_database: str, tmp_path: Path) -> None:
    backup.clear(fresh_database)
    with pytest.raises(StartRefused, match="nothing to back up"):
        backup.write(fresh_database, tmp_path / "refill.backup")
    assert list(tmp_path.iterdir()) == []


def test_a_restore_that_cannot_be_finished_leaves_nothing_that_would_charge(
    fresh_database: str, tmp_path: Path
) -> None:
    with psycopg.connect(fresh_database, autocommit=True) as owner:
        owner.execute("drop table if exists refill_start_state")
        owner.execute("create table refill_start_state (other int not null)")
    file = tmp_path / "refill.backup"
    backup.write(fresh_database, file)
    connections.close_all()
    environment = os.environ | {"DATABASE_URL": fresh_database, "REFILL_SECRET_KEY": "for tests only"}
    command = [sys.executable, "-P", "-m", "refill", "restore", str(file), "--replace", "--data", str(tmp_path)]
    ran = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert (ran.returncode, "refill_start_state" in ran.stderr) == (1, True)
    assert backup.is_empty(fresh_database)


def test_F37_after_a_restore_nothing_is_charged_until_somebody_confirms(
    alone: Town, fresh_database: str, database_session: Session, tmp_path: Path
) -> None:
    life = alone.life()
    life.change(alone.platform.price("growth", 1000))
    file = tmp_path / "refill.backup"
    made = backup.write(fresh_database, file)
    life.advance("2027-04-10 12:00")  # the renewal, after the backup
    assert alone.taken(life) == 7_000

    connections.close_all()
    backup.clear(fresh_database)
    backup.restore(fresh_database, file)
    name = parse_database_url(fresh_database).name
    databases.point_django_at(database_session.owner_url, name, as_owner=True)
    database.prepare_database(fresh_database)
    assert safe_mode.begin(backup_made_at=datetime.fromisoformat(made["made_at"]))
    databases.point_django_at(database_session.owner_url, name)

    life.advance("2027-04-10 13:00")  # the worker catches up: the renewal is prepared, and not sent
    charge = Charge.objects.get(order__kind="renewal")
    assert (charge.state, alone.taken(life)) == ("created", 7_000)
    with pytest.raises(Conflict):
        confirm()
    # An operator sees in the dashboard that it was paid already, and says so here.
    (paid,) = [one for one in alone.intents(life) if one["metadata"]["refill_order_kind"] == "renewal"]  # type: ignore[index]
    attending.record_word(
        charge_id=charge.pk, actor=OPERATOR, outcome="succeeded", reference=str(paid["id"]),
        note="paid before the restore",
    )  # fmt: skip
    confirm()
    life.advance("2027-04-12 12:00")
    assert (life.status, alone.taken(life), life.available) == ("active", 7_000, 1_000)
    assert verify.run() == []
