"""pgbench: the load generator inside PostgreSQL's own world."""

from __future__ import annotations

import os
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

from refill.cli.places import StartRefused
from refill.cli.postgres import find_programs

_TPS = re.compile(r"^tps = ([0-9.]+) ", re.MULTILINE)
_DONE = re.compile(r"actually processed: (\d+)")


@dataclass(frozen=True)
class Sample:
    """What one sample saw: how many a second, how many in all, and how long single ones took."""

    per_second: float
    done: int
    latencies_ms: list[float]


class PgBench:
    """Runs scripts against one database with `clients` connections, statements prepared."""

    def __init__(self, url: str, folder: Path, clients: int) -> None:
        self._url, self._folder, self._clients = url, folder, clients
        self._program = find_programs() / "pgbench"
        if not self._program.exists():
            raise StartRefused("The embedded PostgreSQL comes without pgbench, so nothing can be measured.")

    def run(self, script: str, seconds: int, role: str = "") -> Sample:
        """Run one script for so long. StartRefused with pgbench's words where it fails."""
        path = self._folder / "script.sql"
        path.write_text(script)
        prefix = self._folder / "latencies"
        environment = os.environ | {"PGOPTIONS": f"-c role={role}" if role else "", "PGDATABASE": self._url}
        ran = subprocess.run(
            [self._program, "--no-vacuum", "--protocol=prepared", f"--client={self._clients}", "--jobs=2",
             f"--time={seconds}", f"--file={path}", "--log", f"--log-prefix={prefix}", "--sampling-rate=0.1"],
            env=environment, cwd=self._folder, capture_output=True, text=True, check=False,
        )  # fmt: skip
        rate, done = _TPS.search(ran.stdout), _DONE.search(ran.stdout)
        if ran.returncode != 0 or rate is None or done is None:
            raise StartRefused(f"pgbench failed: {ran.stderr.strip()[-500:]}")
        latencies = []
        for log in self._folder.glob("latencies.*"):
            latencies += [int(line.split()[2]) / 1_000 for line in log.read_text().splitlines()]
            log.unlink()
        return Sample(float(rate[1]), int(done[1]), latencies)
