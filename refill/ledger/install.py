"""The text of the SQL functions, in the order in which migrations install them."""

from pathlib import Path

SQL_DIR = Path(__file__).resolve().parent / "sql"
# What makes invoices and credit notes final; installed with their tables.
DOCUMENTS = Path(__file__).resolve().parent / "documents.sql"
RIGHTS = Path(__file__).resolve().parent / "rights.sql"


def function_texts() -> list[str]:
    """Every file of refill/ledger/sql, in order."""
    return [path.read_text(encoding="utf-8") for path in sorted(SQL_DIR.glob("*.sql"))]
