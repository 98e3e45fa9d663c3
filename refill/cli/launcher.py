"""`refill up`: what is started in which order, and how all of it ends."""

import http.client
import os
import signal
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console

from refill.cli.children import Child, Children
from refill.cli.environment import child_environment, is_prepared
from refill.cli.fingerprint import is_database_current, is_static_current
from refill.cli.places import StartRefused, free_port, make_data_dir, reached_at, read_or_make_secret_key
from refill.cli.postgres import EmbeddedPostgres

READY_SECONDS = 120
# So that one that is killed at each start does not keep the machine busy.
PAUSE_SECONDS = 0.5


class StopAsked(BaseException):
    """SIGTERM, Ctrl-C or a closed terminal: not a failure."""


@dataclass
class Launcher:
    """One run of `refill up`. `database_url` is empty where the embedded PostgreSQL is meant."""

    data_dir: Path
    host: str
    port: int
    demo: bool
    database_url: str
    lane_port: int = 0
    console: Console = field(default_factory=lambda: Console(highlight=False, soft_wrap=True))

    def __post_init__(self) -> None:
        self.postgres = EmbeddedPostgres(self.data_dir)
        self.children = Children(self.data_dir / "logs")
        self.reached_at = reached_at(self.host)
        self.named = f"[{self.reached_at}]" if ":" in self.reached_at else self.reached_at
        self.base_url = f"http://{self.named}:{self.port}"

    def run(self) -> int:
        """Until asked to stop (exit code 0) or a part fails (1)."""
        try:
            self.start()
            while self._begins_again(self.children.watch(self.postgres.process)):
                pass
            return 1
        except StopAsked:
            return 0
        finally:
            self.stop()

    def start(self) -> None:
        """Everything up to the line that says it is ready."""
        self._refuse_used_port()
        self.lane_port = self.lane_port or free_port(self.host, self.port + 1)
        make_data_dir(self.data_dir)
        if not self.database_url:
            with self._step("PostgreSQL"):
                self.postgres.start()
                self.database_url = self.postgres.url()
            if self.postgres.cluster.parent != self.data_dir:
                self._say(f"  its data lies in {self.postgres.cluster}: its user cannot enter {self.data_dir}")
        read_or_make_secret_key(self.data_dir)
        self._prepare()
        web = self.children.start(
            "web", ["serve", "--host", self.host, "--port", str(self.port)], self._environment("web")
        )
        lane = self._start_lane()
        # Before the worker: what the demo makes is whole when chores first look at it.
        logins = self._load_demo() if self.demo else []
        self.children.start("worker", ["worker"], self._environment("worker"))
        with self._step("Web, lane and worker"):
            self._wait_for_answer(web, self.port)
            self._wait_for_answer(lane, self.lane_port)
        self._say(f"Data and logs are in {self.data_dir}")
        self._say(f"The lane, the fast door for hot API calls, is at http://{self.named}:{self.lane_port}")
        print(f"Refill is ready at {self.base_url}", flush=True)
        for line in logins:
            print(line, flush=True)

    def stop(self) -> None:
        """Web, lane, worker, then the database. A second signal does not cut this short."""
        for each in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(each, signal.SIG_IGN)
        self.children.stop()
        self.postgres.stop()

    def _begins_again(self, ended: Child | None) -> bool:
        """A part that was killed is begun again, as all of them bear it. One that ends by itself has a reason, which
        would end it again. None is PostgreSQL."""
        process = self.postgres.process if ended is None else ended.process
        name = "PostgreSQL" if ended is None else ended.name
        assert process is not None
        if process.returncode >= 0:
            self._say(f"{name} ended by itself with code {process.returncode}; stopping the rest.")
            self._say(f"Its log is {self.postgres.log_path}" if ended is None else ended.last_words())
            return False
        self._say(f"{name} was killed (signal {-process.returncode}); beginning it again.")
        time.sleep(PAUSE_SECONDS)
        if ended is None:
            self.postgres.start_again()
        else:
            self.children.start_again(ended)
        return True

    def _prepare(self) -> None:
        key, url = os.environ.get("REFILL_TEST_PLATFORM_KEY", ""), self.database_url
        if is_prepared(url) and is_database_current(url, key) and is_static_current(self.data_dir / "static"):
            return
        with self._step("Tables and static files"):
            self.children.finish("migrate", ["migrate"], self._environment("owner", as_owner=True))

    def _load_demo(self) -> list[str]:
        with self._step("Demo"):
            return self.children.finish("demo", ["demo"], self._environment("worker")).splitlines()

    def _environment(self, process: str, *, as_owner: bool = False) -> dict[str, str]:
        return child_environment(
            self.data_dir,
            database_url=self.database_url,
            base_url=self.base_url,
            process=process,
            as_owner=as_owner,
            demo=self.demo,
        )

    def _start_lane(self) -> Child:
        plain = f"{self.reached_at}:{self.port}"
        arguments = ["lane", "--host", self.host, "--port", str(self.lane_port), "--plain", plain]
        return self.children.start("lane", arguments, self._environment("lane"))

    def _refuse_used_port(self) -> None:
        with socket.socket(socket.AF_INET6 if ":" in self.host else socket.AF_INET) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((self.host, self.port))
            except OSError as error:
                raise StartRefused(
                    f"Port {self.port} of {self.host} cannot be had: {error.strerror}. Choose another with --port."
                ) from error

    def _wait_for_answer(self, child: Child, port: int) -> None:
        deadline = time.monotonic() + READY_SECONDS
        while not self._answers(port):
            if (ended := self.children.end_of_any()) is not None:
                raise StartRefused(f"{ended.name} ended at its start:\n{ended.last_words()}")
            if time.monotonic() > deadline:
                raise StartRefused(f"The {child.name} did not answer within {READY_SECONDS} s; see {child.log_path}.")
            time.sleep(0.05)

    def _answers(self, port: int) -> bool:
        connection = http.client.HTTPConnection(self.reached_at, port, timeout=2)
        try:
            connection.request("GET", "/healthz")
            return connection.getresponse().status == 200
        except OSError:
            return False
        finally:
            connection.close()

    @contextmanager
    def _step(self, name: str) -> Iterator[None]:
        started = time.monotonic()
        if self.console.is_terminal:
            with self.console.status(f"{name} …"):
                yield
        else:
            yield
        self._say(f"{name}: {time.monotonic() - started:.1f} s")

    def _say(self, line: str) -> None:
        self.console.print(line, markup=False)
        sys.stdout.flush()
