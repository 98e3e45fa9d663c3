"""What the bench says: a table for people, JSON for machines."""

from __future__ import annotations

import json
import os
import platform
import subprocess
from dataclasses import asdict
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench.measure import Row

# row: (work, goal as a ratio)
ROWS = {
    "ledger": ("spend inside PostgreSQL, one function, 32 clients", 0.8),
    "http_plain": ("POST /v1/usage, 32 keep-alive clients, many accounts", 0.3),
    "http_lane": ("the same by the lane", 1.0),
    "hot_plain": ("the same on one hot account, against one hot row", 1.5),
    "hot_lane": ("the same by the lane", 7),
    "batch": ("POST /v1/usage/batch of 10,000, messages", 10),
    "broadcast": ("broadcast of 10,000: held, then captured by the thousand, texts", 10),
    "renewal": ("renewal of due accounts in chunks of 1,000, accounts", 3),
    "growth_rows": ("spend with 1M accounts and 10M entries, against the small database", 0.8),
    "growth_grants": ("spend with 1,000 grants in the account, against 1", 0.95),
    "peer": ("the peer at the given address", None),
    "balance": ("balance read, against one row by its key", None),
}


def show(rows: list[Row], console: Console) -> None:
    """Print today's ratios beside their goals."""
    table = Table(caption=f"{machine()}. Ratios; R is pgbench's least durable spend with 32 clients.")
    table.add_column("work", min_width=26, overflow="fold")
    for heading in ("ratio", "goal", "runs", "p50 ms", "p99 ms", "CPU µs"):
        table.add_column(heading, justify="right", no_wrap=True)
    for row in rows:
        work, goal = ROWS[row.name]
        table.add_row(
            work, f"{row.ratio:.2f}", f"≥ {goal}" if goal is not None else "", str(row.runs),
            f"{row.p50_ms:.1f}", f"{row.p99_ms:.1f}", f"{row.cpu_us:,.0f}",
        )  # fmt: skip
    console.print(table)


def write(rows: list[Row], path: Path) -> None:
    found = {"machine": machine(), "commit": commit(), "rows": [_short(row) for row in rows]}
    path.write_text(json.dumps(found, indent=2) + "\n")


def _short(row: Row) -> dict[str, object]:
    return {name: float(f"{value:.4g}") if isinstance(value, float) else value for name, value in asdict(row).items()}


def machine() -> str:
    names = [
        line.partition(":")[2].strip()
        for line in Path("/proc/cpuinfo").read_text().splitlines()
        if "model name" in line
    ]
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") >> 30
    return f"{os.cpu_count()} × {names[0] if names else platform.machine()}, {memory} GiB, {platform.system()}"


def commit() -> str | None:
    """The checkout's commit, with a mark where files differ from it."""
    asked = subprocess.run(
        ["git", "describe", "--always", "--dirty", "--abbrev=12", "--exclude=*"],
        cwd=Path(__file__).parent, capture_output=True, text=True, check=False,
    )  # fmt: skip
    return asked.stdout.strip() or None
