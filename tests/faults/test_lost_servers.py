"""A database that goes without a word: noticed soon, said as what it is, and asked again on a new connection (F11)."""

from __future__ import annotations

import os
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import pq

from refill.cli.postgres import EmbeddedPostgres
from refill.ledger import hot
from refill.settings import connection_options
from tests.cli.conftest import data_dir

pytestmark = pytest.mark.no_database
SLEEP = hot.statement("sleep", "select pg_sleep($1::int)")
DIE = hot.statement("die", "select pg_sleep($1::int), pg_terminate_backend(pg_backend_pid())")
__all__ = ["data_dir"]


@pytest.fixture
def server(data_dir: Path) -> Iterator[EmbeddedPostgres]:
    server = EmbeddedPostgres(data_dir, durable=False)
    server.start()
    yield server
    server.stop()


def killed(connection: psycopg.Connection[tuple[object, ...]]) -> None:
    os.kill(connection.info.backend_pid, signal.SIGKILL)


def test_a_server_that_dies_is_a_lost_connection_whatever_it_was_asked(server: EmbeddedPostgres):
    with psycopg.connect(server.url(), autocommit=True) as connection:
        hot.run(connection, SLEEP, [b"0"])
        killed(connection)
        for _ in range(2):
            with pytest.raises(psycopg.OperationalError):
                hot.run(connection, SLEEP, [b"1"])
        with pytest.raises(psycopg.OperationalError):
            hot.prepare(connection, DIE)


def test_a_host_that_is_gone_is_given_up_within_seconds():
    options = connection_options(as_owner=False, statement_timeout_seconds=5)
    named = ("keepalives_idle", "keepalives_interval", "keepalives_count", "tcp_user_timeout", "connect_timeout")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        words = {"host": "127.0.0.1", "port": listener.getsockname()[1]} | {name: options[name] for name in named}
        wire = pq.PGconn.connect_start(" ".join(f"{name}={value}" for name, value in words.items()).encode())
        wire.connect_poll()
        with socket.socket(fileno=os.dup(wire.socket)) as ours:
            asked = [socket.TCP_KEEPIDLE, socket.TCP_KEEPINTVL, socket.TCP_KEEPCNT, socket.TCP_USER_TIMEOUT]
            assert [ours.getsockopt(socket.IPPROTO_TCP, each) for each in asked] == [4, 2, 3, 10_000]
        wire.finish()
