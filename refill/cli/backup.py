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

from refill.cli.places import StartRefused
from refill.cli.postgres import find_programs

FORMAT = 1
MANIFEST, DUMP = "manifest.json", "database.dump"
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
            _run("pg_dump", "--format=custom", f"--snapshot={snapshot[0]}", f"--file={folder / DUMP}", owner_url)
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
    try:
        with tarfile.open(file) as archive:
            kept = archive.extractfile(MANIFEST)
            found: dict[str, Any] = json.load(kept) if kept else {}
    except (OSError, KeyError, ValueError, tarfile.TarError) as error:
        raise StartRefused(f"{file} is no backup of Refill: {error}") from error
    if found.get("format") != FORMAT:
        raise StartRefused(f"{file} is a backup of another form ({found.get('format')}); this version reads {FORMAT}.")
    return found


def is_empty(owner_url: str) -> bool:
    """Whether the database has no tables, so that nothing is lost by restoring into it."""
    with psycopg.connect(owner_url) as connection:
        row = connection.execute("select count(*) from pg_tables where schemaname = 'public'").fetchone()
        return row is not None and row[0] == 0


def clear(owner_url: str) -> None:
    """Drop everything that is in the database."""
    with psycopg.connect(owner_url, autocommit=True) as connection:
        connection.execute("drop schema public cascade")
        connection.execute("create schema public")


def restore(owner_url: str, file: Path) -> dict[str, Any]:
    """Fill an empty database from a backup, all or nothing; roles, rights and newer migrations are for `prepare`."""
    manifest = read_manifest(file)
    with _folder(None) as folder:
        with tarfile.open(file) as archive:
            archive.extract(DUMP, folder, filter="data")
        _run(
            "pg_restore", "--no-owner", "--no-privileges", "--single-transaction", "--exit-on-error",
            f"--dbname={owner_url}", str(folder / DUMP),
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


def _run(program: str, *arguments: str) -> None:
    done = subprocess.run([str(find_programs() / program), *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        raise StartRefused(f"{program} failed: {done.stderr.strip()[-2000:]}")
