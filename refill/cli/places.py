"""Where the data lies, whether another user can reach it, and the lock that gives it to one launcher."""

import fcntl
import os
import secrets
import socket
import stat
from pathlib import Path
from typing import IO

PACKAGE_DIR = Path(__file__).resolve().parents[1]
SYSTEM_DIR = Path("/var/lib")


class StartRefused(Exception):
    """What cannot be started, said in one sentence for the person at the terminal."""


def is_root() -> bool:
    return os.geteuid() == 0


def is_reachable_by_others(path: Path) -> bool:
    """Whether a user without rights of its own can walk down to `path` (or to where it would be made)."""
    here = path.resolve()
    while not here.exists():
        here = here.parent
    return all(folder.stat().st_mode & stat.S_IXOTH for folder in (here, *here.parents))


def default_data_dir() -> Path:
    """The checkout's `.data`; for an installed package /var/lib/refill (root) or a place in the home."""
    checkout = PACKAGE_DIR.parent
    if (checkout / "pyproject.toml").exists() and os.access(checkout, os.W_OK):
        return checkout / ".data"
    if is_root():
        return SYSTEM_DIR / "refill"
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "refill"


def make_data_dir(data_dir: Path) -> None:
    """Make the directory. StartRefused where it cannot be."""
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StartRefused(f"The data directory {data_dir} cannot be made: {error.strerror}.") from error


def place_cluster(data_dir: Path) -> Path:
    """Where PostgreSQL's files lie: `data_dir`/postgres, a link to /var/lib where its user cannot enter that.

    The link's target has a random name, so that a directory made anew never meets the data of an old one.
    """
    cluster = data_dir / "postgres"
    if cluster.is_symlink() or cluster.exists() or not is_root() or is_reachable_by_others(data_dir):
        return cluster.resolve()
    place = SYSTEM_DIR / f"refill-{secrets.token_hex(4)}"
    place.mkdir(mode=0o755)
    place.chmod(0o755)
    cluster.symlink_to(place / "postgres")
    return place / "postgres"


def read_or_make_secret_key(data_dir: Path) -> str:
    """The key that signs sessions and links: made on the first start, readable by its owner alone."""
    path = data_dir / "secret_key"
    if path.exists() and (kept := path.read_text().strip()):
        return kept
    key = secrets.token_urlsafe(64)
    draft = data_dir / "secret_key.new"
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(key + "\n")
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    return key


class DataLock:
    """Held while something runs on the data directory; the kernel lets go of it however the process ends."""

    def __init__(self, data_dir: Path) -> None:
        self.path = data_dir / "lock"
        self._file: IO[str] | None = None

    def take(self) -> None:
        """StartRefused, naming the process, where somebody else has it."""
        file = self.path.open("a+")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            file.seek(0)
            holder = file.read().strip() or "unknown"
            file.close()
            raise StartRefused(f"Refill already runs on {self.path.parent} (process {holder}).") from error
        file.truncate(0)
        file.write(f"{os.getpid()}\n")
        file.flush()
        self._file = file

    def let_go(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None


def reached_at(host: str) -> str:
    """Where this machine reaches what listens on `host`."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104


def free_port(host: str, wanted: int) -> int:
    """`wanted`, or another where somebody has it."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, wanted))
        except (OSError, OverflowError):
            probe.bind((host, 0))
        return int(probe.getsockname()[1])
