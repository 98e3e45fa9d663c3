"""Make the client for threads from that for asyncio: the same without await."""

from __future__ import annotations

import re
from pathlib import Path

HERE = Path(__file__).resolve().parent / "refill_client"
FILES = {"_async_core.py": "_core.py", "_async_calls.py": "_sync_calls.py", "_async.py": "_sync.py"}
HEAD = '"""The client for threads. Made from {name} by make_sync.py; change that one."""'
WORDS = (
    (r"async def __aenter__", "def __enter__"), (r"async def __aexit__", "def __exit__"), (r"aclose", "close"),
    (r"async def ", "def "), (r"await ", ""), (r"AsyncRefill", "Refill"), (r"AsyncCalls", "Calls"),
    (r"AsyncCore", "Core"), (r"_async_calls", "_sync_calls"), (r"_async_core", "_core"), (r"AsyncClient", "Client"),
    (r"AsyncIterator", "Iterator"), (r"asyncio\.sleep", "time.sleep"), (r"import asyncio", "import time"),
)  # fmt: skip


def make(name: str) -> str:
    """The text that is made from one file."""
    text = (HERE / name).read_text(encoding="utf-8")
    for pattern, word in WORDS:
        text = re.sub(pattern, word, text)
    return HEAD.format(name=name) + text[text.index('"""', 3) + 3 :]


if __name__ == "__main__":
    for asynchronous, threaded in FILES.items():
        (HERE / threaded).write_text(make(asynchronous), encoding="utf-8")
