"""The launcher's children: started with a log each, watched, ended in order."""

import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from refill.cli.places import StartRefused
from refill.cli.postgres import die_with_parent

STOP_SECONDS = 40
_LOG_BYTES = 10_000_000


@dataclass
class Child:
    """A running verb of this command."""

    name: str
    arguments: list[str]
    environment: dict[str, str]
    log_path: Path
    process: subprocess.Popen[bytes]

    def last_words(self, lines: int = 8) -> str:
        return "\n".join(self.log_path.read_text(errors="replace").splitlines()[-lines:])

    def stop(self) -> None:
        """Ask it to end; end it where it does not."""
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()


class Children:
    """All that runs, in the order of starting."""

    def __init__(self, log_dir: Path) -> None:
        self._log_dir = log_dir
        self._running: dict[str, Child] = {}

    def start(self, name: str, arguments: list[str], environment: dict[str, str], stdout: int | None = None) -> Child:
        """Run `refill <arguments>`; its output goes to the log `name`, or standard output to `stdout`."""
        self._log_dir.mkdir(exist_ok=True)
        log_path = self._log_dir / f"{name}.log"
        if log_path.exists() and log_path.stat().st_size > _LOG_BYTES:
            log_path.replace(log_path.with_suffix(".log.1"))
        with log_path.open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-P", "-m", "refill", *arguments],
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log if stdout is None else stdout,
                stderr=log,
                preexec_fn=die_with_parent(signal.SIGTERM),
            )
        self._running[name] = Child(name, arguments, environment, log_path, process)
        return self._running[name]

    def start_again(self, ended: Child) -> None:
        """Run it as before."""
        self.start(ended.name, ended.arguments, ended.environment)

    def finish(self, name: str, arguments: list[str], environment: dict[str, str]) -> str:
        """Run one that ends by itself; what it printed. StartRefused with its last words where it fails."""
        child = self.start(name, arguments, environment, stdout=subprocess.PIPE)
        printed, _ = child.process.communicate()
        del self._running[name]
        if (code := child.process.returncode) != 0:
            raise StartRefused(f"`refill {' '.join(arguments)}` failed (code {code}):\n{child.last_words()}")
        return printed.decode()

    def end_of_any(self) -> Child | None:
        """One that has ended though nobody asked it to."""
        return next((child for child in self._running.values() if child.process.poll() is not None), None)

    def watch(self, server: subprocess.Popen[bytes] | None) -> Child | None:
        """Wait until one ends, or the database's server beside them does (None)."""
        while (child := self.end_of_any()) is None:
            if server is not None and server.poll() is not None:
                return None
            time.sleep(0.2)
        return child

    def stop(self) -> None:
        """In the order of starting: the web takes no more requests before the worker ends."""
        for child in self._running.values():
            child.stop()
        self._running.clear()
