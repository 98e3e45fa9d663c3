"""The text of the SQL functions, in the order in which migrations install them."""

from pathlib import Path

SQL_DIR = Path(__file__).resolve().parent / "sql"
# The functions are those of today, and may speak of columns that later migrations bring.
_UNCHECKED = "set local check_function_bodies = off;\n"


def function_text(name: str) -> str:
    """One file of refill/ledger/sql, for a migration."""
    return _UNCHECKED + (SQL_DIR / name).read_text(encoding="utf-8")


def function_texts() -> list[str]:
    """Every file of refill/ledger/sql, in order."""
    return [function_text(path.name) for path in sorted(SQL_DIR.glob("*.sql"))]
