"""`refill up`: everything in one command, and an orderly end. One life of a data directory, told in order."""

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from refill.gateways import clock
from tests.ports import free_port

pytestmark = pytest.mark.no_database
SECONDS = 120


def _environment() -> dict[str, str]:
    ours = ("REFILL_", "DATABASE_URL", "DJANGO_SETTINGS_MODULE")
    return {name: value for name, value in os.environ.items() if not name.startswith(ours)}


@contextmanager
def _up(data_dir: Path, port: int) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-m", "refill", "up", "--data", str(data_dir), "--port", str(port)],
        env=_environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()


def _lines_until_ready(process: subprocess.Popen[str]) -> list[str]:
    assert process.stdout is not None
    lines = []
    for line in process.stdout:
        lines.append(line.rstrip("\n"))
        if line.startswith("Refill is ready"):
            break
    return lines


def _family(process: subprocess.Popen[str]) -> list[psutil.Process]:
    return psutil.Process(process.pid).children(recursive=True)


def _part(process: subprocess.Popen[str], name: str) -> psutil.Process | None:
    """A part by the launcher's name for it, once it runs as what it is."""
    words = {
        "web": "refill.cli.served",
        "lane": "refill.cli.laned",
        "worker": "-m refill worker",
        "PostgreSQL": "postgres -D",
    }
    family = _alive(psutil.Process(process.pid).children())
    return next((child for child in family if words[name] in " ".join(child.cmdline())), None)


def _is_ready(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


def _wait_for(happens: Callable[[], bool]) -> None:
    deadline = time.monotonic() + SECONDS
    while not happens():
        assert time.monotonic() < deadline
        clock.pause(0.1)


def _alive(family: list[psutil.Process]) -> list[psutil.Process]:
    """Those that still run. One that ended and that nobody has asked about yet is no more than a number."""
    return [child for child in family if child.is_running() and child.status() != psutil.STATUS_ZOMBIE]


def test_it_starts_refuses_a_second_bears_deaths_and_ends_whole_on_an_interrupt(data_dir: Path) -> None:
    port = free_port()
    with _up(data_dir, port) as first:
        lines = _lines_until_ready(first)
        assert lines[-1] == f"Refill is ready at http://127.0.0.1:{port}"
        assert any(line.startswith("Tables and static files: ") for line in lines)
        assert _is_ready(port)

        with _up(data_dir, free_port()) as second:
            said, _ = second.communicate(timeout=SECONDS)
            assert said == f"refill: Refill already runs on {data_dir} (process {first.pid}).\n"
            assert second.returncode == 1

        for name in ("worker", "web", "lane", "PostgreSQL"):
            killed = _part(first, name)
            assert killed is not None
            killed.kill()
            assert first.stdout is not None
            assert first.stdout.readline() == f"{name} was killed (signal 9); beginning it again.\n"
            _wait_for(lambda name=name, killed=killed: _part(first, name) not in (None, killed) and _is_ready(port))
        family = _family(first)
        worker = _part(first, "worker")
        assert worker is not None
        worker.terminate()
        rest, _ = first.communicate(timeout=SECONDS)
        assert "worker ended by itself with code 0; stopping the rest." in rest
        assert first.returncode == 1
        assert _alive(family) == []

    with _up(data_dir, port) as again:
        lines = _lines_until_ready(again)
        assert not any(line.startswith("Tables") for line in lines)
        family = _family(again)
        assert len(family) > 4
        # As a terminal's Ctrl-C: the whole group hears it.
        os.killpg(again.pid, signal.SIGINT)
        assert again.wait(timeout=SECONDS) == 0
        assert _alive(family) == []


def test_a_port_in_use_is_said_before_anything_is_started(data_dir: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = int(taken.getsockname()[1])
        with _up(data_dir, port) as refused:
            said, _ = refused.communicate(timeout=SECONDS)
    assert said == (
        f"refill: Port {port} of 127.0.0.1 cannot be had: Address already in use. Choose another with --port.\n"
    )
    assert refused.returncode == 1
    assert not (data_dir / "postgres").exists()


@pytest.mark.parametrize(
    ("given", "missing"),
    [({}, "DATABASE_URL is not set"), ({"DATABASE_URL": "postgresql:///refill"}, "REFILL_SECRET_KEY is not set")],
)
def test_the_parts_refuse_to_run_without_what_they_cannot_make_up(given: dict[str, str], missing: str) -> None:
    for verb in ("serve", "worker"):
        ran = subprocess.run(
            [sys.executable, "-m", "refill", verb],
            env=_environment() | given,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
        assert ran.stderr.startswith(f"refill: {missing}")
        assert ran.returncode == 1
