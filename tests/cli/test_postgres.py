"""The embedded PostgreSQL keeps what it acknowledged and survives what happens to it."""

import os
import signal
from pathlib import Path

import psycopg
import pytest

from refill.cli.places import StartRefused
from refill.cli.postgres import EmbeddedPostgres

pytestmark = pytest.mark.no_database


def _ask(server: EmbeddedPostgres, statement: str) -> object:
    with psycopg.connect(server.url()) as connection:
        row = connection.execute(statement).fetchone()
        assert row is not None
        return row[0]


def test_it_runs_with_a_ledgers_settings_and_listens_on_no_network(data_dir: Path) -> None:
    server = EmbeddedPostgres(data_dir)
    server.start()
    try:
        settings = {
            name: _ask(server, f"SHOW {name}")
            for name in (
                "fsync", "synchronous_commit", "full_page_writes", "data_checksums",
                "server_encoding", "listen_addresses", "TimeZone", "checkpoint_timeout", "max_wal_size",
            )
        }  # fmt: skip
    finally:
        server.stop()
    assert settings == {
        "fsync": "on",
        "synchronous_commit": "on",
        "full_page_writes": "on",
        "data_checksums": "on",
        "server_encoding": "UTF8",
        "listen_addresses": "",
        "TimeZone": "UTC",
        "checkpoint_timeout": "15min",
        "max_wal_size": "4GB",
    }


def test_a_second_start_on_the_same_directory_is_refused_and_the_first_goes_on(data_dir: Path) -> None:
    first = EmbeddedPostgres(data_dir, durable=False)
    first.start()
    try:
        with pytest.raises(StartRefused, match="already runs on"):
            EmbeddedPostgres(data_dir, durable=False).start()
        assert _ask(first, "SELECT 1") == 1
    finally:
        first.stop()


def test_an_interrupted_first_start_is_begun_anew(data_dir: Path) -> None:
    half_made = data_dir / "postgres.new-1"
    half_made.mkdir()
    (half_made / "PG_VERSION").write_text("18\n")
    server = EmbeddedPostgres(data_dir, durable=False)
    server.start()
    try:
        assert _ask(server, "SELECT 1") == 1
    finally:
        server.stop()
    assert not half_made.exists()


def test_after_a_kill_the_data_is_there_and_the_old_pid_file_does_no_harm(data_dir: Path) -> None:
    killed = EmbeddedPostgres(data_dir)
    killed.start()
    with psycopg.connect(killed.url(), autocommit=True) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 7 AS number")
    assert killed.process is not None
    os.kill(killed.process.pid, signal.SIGKILL)
    killed.process.wait()
    killed.stop()
    pid_file = killed.cluster / "postmaster.pid"
    lines = pid_file.read_text().splitlines()
    # The number has meanwhile gone to another process.
    pid_file.write_text("\n".join([str(os.getpid()), *lines[1:]]) + "\n")
    again = EmbeddedPostgres(data_dir, durable=False)
    again.start()
    try:
        assert _ask(again, "SELECT number FROM kept") == 7
    finally:
        again.stop()


def test_a_socket_path_too_long_for_the_system_is_put_elsewhere_and_taken_away_again(data_dir: Path) -> None:
    server = EmbeddedPostgres(data_dir / ("long" * 25), durable=False)
    server.start()
    try:
        assert server.socket_dir.stat().st_mode & 0o777 == 0o700
        assert _ask(server, "SELECT 1") == 1
    finally:
        server.stop()
    assert not server.socket_dir.exists()


def test_a_start_that_fails_says_why_in_one_line_and_lets_go_of_the_directory(data_dir: Path) -> None:
    whole = EmbeddedPostgres(data_dir, durable=False)
    whole.start()
    whole.stop()
    (whole.cluster / "PG_VERSION").write_text("12\n")
    with pytest.raises(StartRefused, match=r"PostgreSQL ended at its start: .*FATAL") as refused:
        EmbeddedPostgres(data_dir, durable=False).start()
    assert "\n" not in str(refused.value)
    (whole.cluster / "PG_VERSION").write_text("18\n")
    whole.start()
    whole.stop()
