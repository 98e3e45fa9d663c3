"""Whether database and static files already are what this version needs, told without loading Django."""

import hashlib
from importlib.metadata import version
from pathlib import Path

import psycopg

from refill.cli.places import PACKAGE_DIR

_LIBRARIES_WITH_TABLES = ("django", "django-allauth")


def _digest(paths: list[Path], *facts: str) -> str:
    digest = hashlib.sha256()
    for path in sorted(paths):
        digest.update(f"{path.relative_to(PACKAGE_DIR)}\0".encode() + path.read_bytes() + b"\0")
    for fact in (*facts, *(f"{name} {version(name)}" for name in _LIBRARIES_WITH_TABLES)):
        digest.update(fact.encode() + b"\0")
    return digest.hexdigest()


def database_fingerprint(test_platform_key: str) -> str:
    """Of the migrations, the SQL and the platform key that the database ought to hold."""
    paths = [*PACKAGE_DIR.glob("migrations/*.py"), *PACKAGE_DIR.rglob("*.sql")]
    return _digest(paths, hashlib.sha256(test_platform_key.encode()).hexdigest())


def static_fingerprint() -> str:
    return _digest([path for path in PACKAGE_DIR.glob("static/**/*") if path.is_file()])


def is_database_current(owner_url: str, test_platform_key: str) -> bool:
    with psycopg.connect(owner_url) as connection:
        known = connection.execute("SELECT to_regclass('public.refill_start_state')").fetchone()
        if known is None or known[0] is None:
            return False
        row = connection.execute("SELECT fingerprint FROM public.refill_start_state").fetchone()
        return row is not None and row[0] == database_fingerprint(test_platform_key)


def remember_database(connection: psycopg.Connection[tuple[object, ...]], test_platform_key: str) -> None:
    connection.execute(
        "CREATE TABLE IF NOT EXISTS public.refill_start_state"
        " (only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row), fingerprint text NOT NULL)"
    )
    connection.execute(
        "INSERT INTO public.refill_start_state (fingerprint) VALUES (%s)"
        " ON CONFLICT (only_row) DO UPDATE SET fingerprint = EXCLUDED.fingerprint",
        [database_fingerprint(test_platform_key)],
    )


def is_static_current(static_dir: Path) -> bool:
    mark = static_dir / ".fingerprint"
    return mark.exists() and mark.read_text() == static_fingerprint()


def remember_static(static_dir: Path) -> None:
    (static_dir / ".fingerprint").write_text(static_fingerprint())
