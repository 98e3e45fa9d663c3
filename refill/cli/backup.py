"""Backup and restore of the whole database, by PostgreSQL's own programs: one consistent instant, one file.

The file is a tar of `manifest.json` (what it is, of when, how much is in it) and `database.dump` (pg_dump's own format,
compressed). What is secret outside the database, the `secret_key`, is not in it: whoever finds a backup alone can read
neither authenticators nor webhook secrets.
"""

import io
import json
import os
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from refill.cli.places import StartRefused
from refill.cli.postgres import find_programs

FORMAT = 1
MANIFEST, DUMP = "manifest.json", "database.dump"
# A schema that is there until what was restored is safe to be started.
_UNFINISHED = "refill_restoring"
_COUNTED = ("refill_account", "refill_entry", "refill_charge", "refill_invoice", "refill_auditrow")


def write(owner_url: str, file: Path) -> dict[str, Any]:
    """Write the backup, whole or not at all, and return its manifest. StartRefused says why it cannot be."""
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_name(f"{file.name}.new")
    with _folder(file.parent) as folder:
        with psycopg.connect(owner_url) as connection:
            # The dump is of this very snapshot, so that the counts are those of what is in it.
            connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            manifest = _manifest(connection)
            snapshot = connection.execute("select pg_export_snapshot()").fetchone()
            assert snapshot is not None
            _run("pg_dump", owner_url, "--format=custom", f"--snapshot={snapshot[0]}", f"--file={folder / DUMP}")
        draft.unlink(missing_ok=True)
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as target:
            with tarfile.open(fileobj=target, mode="w") as archive:
                said = json.dumps(manifest, indent=1).encode()
                about = tarfile.TarInfo(MANIFEST)
                about.size = len(said)
                archive.addfile(about, io.BytesIO(said))
                archive.add(folder / DUMP, DUMP)
            target.flush()
            os.fsync(target.fileno())
    draft.replace(file)
    return manifest


def read_manifest(file: Path) -> dict[str, Any]:
    """Say what a backup is of. StartRefused for a file that is none."""
    with _reading(file), tarfile.open(file) as archive:
        kept = archive.extractfile(MANIFEST)
        found: dict[str, Any] = json.load(kept) if kept else {}
    if found.get("format") != FORMAT:
        raise StartRefused(f"{file} is a backup of another form ({found.get('format')}); this version reads {FORMAT}.")
    return found


def is_empty(owner_url: str) -> bool:
    """Whether the database has no tables, so that nothing is lost by restoring into it."""
    with psycopg.connect(owner_url) as connection:
        row = connection.execute("select count(*) from pg_tables where schemaname = 'public'").fetchone()
        return row is not None and row[0] == 0


def who_runs(owner_url: str) -> list[str]:
    """The parts of Refill that are connected to the database: web, lane, worker."""
    with psycopg.connect(owner_url) as connection:
        rows = connection.execute(
            """select distinct substr(application_name, 8) from pg_stat_activity where datname = current_database()
                  and application_name in ('refill-web', 'refill-lane', 'refill-worker') order by 1"""
        ).fetchall()
    return [row[0] for row in rows]


def clear(owner_url: str) -> None:
    """Drop everything that is in the database."""
    with psycopg.connect(owner_url) as connection:
        connection.execute("drop schema public cascade")
        connection.execute("create schema public")
        connection.execute(f"drop schema if exists {_UNFINISHED}")


def finish(owner_url: str) -> None:
    """What was restored may be started."""
    with psycopg.connect(owner_url) as connection:
        connection.execute(f"drop schema {_UNFINISHED}")


def refuse_unfinished(owner_url: str) -> None:
    """StartRefused where a restore was cut short: what was charged since the backup would be charged again."""
    with psycopg.connect(owner_url) as connection:
        found = connection.execute("select to_regnamespace(%s)", [_UNFINISHED]).fetchone()
    if found != (None,):
        raise StartRefused("A restore was cut short. Run `refill restore FILE --replace` again.")


def restore(owner_url: str, file: Path, *, replace: bool = False) -> dict[str, Any]:
    """Fill an empty database from a backup, all or nothing; roles, rights and newer migrations are for `prepare`, and
    `finish` comes last. With `replace` what is there goes, once the file has been read to its end."""
    manifest = read_manifest(file)
    with _folder(None) as folder:
        with _reading(file), tarfile.open(file) as archive:
            archive.extract(DUMP, folder, filter="data")
        _run("pg_restore", None, "--file=/dev/null", str(folder / DUMP))
        if replace:
            clear(owner_url)
        with psycopg.connect(owner_url) as connection:
            connection.execute(f"create schema if not exists {_UNFINISHED}")
        _run(
            "pg_restore", owner_url, "--no-owner", "--no-privileges", "--single-transaction", "--exit-on-error",
            str(folder / DUMP),
        )  # fmt: skip
    with psycopg.connect(owner_url) as connection:
        found = _counts(connection)
    if found != manifest["rows"]:
        raise StartRefused(f"The restored rows are not those of the backup: {found} instead of {manifest['rows']}.")
    return manifest


def _manifest(connection: psycopg.Connection[tuple[Any, ...]]) -> dict[str, Any]:
    if connection.execute("select to_regclass('public.refill_account')").fetchone() == (None,):
        raise StartRefused("There is nothing to back up: this database has no tables of Refill.")
    server = connection.execute("select current_setting('server_version')").fetchone()
    last = connection.execute("select name from django_migrations where app = 'refill' order by id desc").fetchone()
    assert server is not None
    assert last is not None
    made_at = datetime.now(UTC).isoformat(timespec="seconds")
    return {
        "format": FORMAT,
        "made_at": made_at,
        "server": server[0],
        "migration": last[0],
        "rows": _counts(connection),
    }


def _counts(connection: psycopg.Connection[tuple[Any, ...]]) -> dict[str, int]:
    found = {}
    for table in _COUNTED:
        row = connection.execute(f"select count(*) from {table}").fetchone()  # noqa: S608 - names of ours
        assert row is not None
        found[table] = int(row[0])
    return found


@contextmanager
def _folder(beside: Path | None) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="refill-backup-", dir=beside) as folder:
        yield Path(folder)


@contextmanager
def _reading(file: Path) -> Iterator[None]:
    try:
        yield
    except (OSError, KeyError, ValueError, tarfile.TarError) as error:
        raise StartRefused(f"{file} is no whole backup of Refill: {error}") from error


def _run(program: str, database: str | None, *arguments: str) -> None:
    """Run one of PostgreSQL's programs; who lists processes does not read the database's password."""
    address: dict[str, Any] = conninfo_to_dict(database or "")
    environment = os.environ | {"PGPASSWORD": address.pop("password")} if address.get("password") else None
    named = [f"--dbname={make_conninfo('', **address)}"] if database else []
    done = subprocess.run(
        [str(find_programs() / program), *named, *arguments],
        env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        raise StartRefused(f"{program} failed: {done.stderr.strip()[-2000:]}")
