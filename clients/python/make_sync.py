"""Make refill_client/_sync.py from _async.py: the same client without await."""

from __future__ import annotations

import re
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent / "refill_client"
HEAD = '"""The client for threads. Made from _async.py by make_sync.py; change that one."""'
WORDS = (
    (r"async def __aenter__", "def __enter__"), (r"async def __aexit__", "def __exit__"), (r"aclose", "close"),
    (r"async def ", "def "), (r"await ", ""), (r"AsyncRefill", "Refill"), (r"AsyncClient", "Client"),
    (r"AsyncIterator", "Iterator"), (r"asyncio\.sleep", "time.sleep"), (r"import asyncio", "import time"),
)  # fmt: skip


def make() -> str:
    """The text of _sync.py."""
    text = (HERE / "_async.py").read_text(encoding="utf-8")
    for pattern, word in WORDS:
        text = re.sub(pattern, word, text)
    text = text.replace('(self.request("GET", "/plans"))[', 'self.request("GET", "/plans")[')
    text = text.replace('(self.request("GET", "/packs"))[', 'self.request("GET", "/packs")[')
    return HEAD + text[text.index('"""', 3) + 3 :]


if __name__ == "__main__":
    (HERE / "_sync.py").write_text(make(), encoding="utf-8")
    sys.exit(0)
