"""Whether database and static files already are what this version needs, told without loading Django."""

import hashlib
from importlib.metadata import version
from pathlib import Path

import psycopg

from refill.cli.places import PACKAGE_DIR

_LIBRARIES_WITH_TABLES = ("django", "django-allauth")


def _digest(paths: list[Path]) -> str:
    digest = hashlib.sha256()
    for path in sorted(paths):
        digest.update(f"{path.relative_to(PACKAGE_DIR)}\0".encode() + path.read_bytes() + b"\0")
    for name in _LIBRARIES_WITH_TABLES:
        digest.update(f"{name} {version(name)}\0".encode())
    return digest.hexdigest()


def database_fingerprint() -> str:
    """Of the migrations and the SQL that the database ought to hold."""
    return _digest([*PACKAGE_DIR.glob("migrations/*.py"), *PACKAGE_DIR.rglob("*.sql")])


def static_fingerprint() -> str:
    return _digest([path for path in PACKAGE_DIR.glob("static/**/*") if path.is_file()])


def was_prepared(owner_url: str) -> bool:
    """Whether any version of the product made its tables there."""
    with psycopg.connect(owner_url) as connection:
        known = connection.execute("SELECT to_regclass('public.refill_start_state')").fetchone()
        return known is not None and known[0] is not None


def is_database_current(owner_url: str, test_platform_key: str) -> bool:
    """Whether nothing is left to do: same migrations and SQL, and the key, if one is given, is registered."""
    if not was_prepared(owner_url):
        return False
    with psycopg.connect(owner_url) as connection:
        row = connection.execute("SELECT fingerprint, platform_key_hash FROM public.refill_start_state").fetchone()
    if row is None or row[0] != database_fingerprint():
        return False
    return not test_platform_key or row[1] == _hash(test_platform_key)


def remember_database(connection: psycopg.Connection[tuple[object, ...]], test_platform_key: str) -> None:
    connection.execute(
        "CREATE TABLE IF NOT EXISTS public.refill_start_state"
        " (only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),"
        " fingerprint text NOT NULL, platform_key_hash text NOT NULL)"
    )
    connection.execute(
        "INSERT INTO public.refill_start_state (fingerprint, platform_key_hash) VALUES (%s, %s)"
        " ON CONFLICT (only_row) DO UPDATE"
        " SET fingerprint = EXCLUDED.fingerprint, platform_key_hash = EXCLUDED.platform_key_hash",
        [database_fingerprint(), _hash(test_platform_key)],
    )


def _hash(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()


def is_static_current(static_dir: Path) -> bool:
    mark = static_dir / ".fingerprint"
    return mark.exists() and mark.read_text() == static_fingerprint()


def remember_static(static_dir: Path) -> None:
    (static_dir / ".fingerprint").write_text(static_fingerprint())
