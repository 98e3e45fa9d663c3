"""A connection that died while nobody looked is replaced, and the hot call happens once (F11, F30)."""

from typing import Any

import psycopg
from django.db import connection

from tests.life import Platform


def cut(owner: psycopg.Connection[Any]) -> None:
    """End the product's connection at the server's side."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_backend_pid()")
        (backend,) = cursor.fetchone()
    owner.execute("select pg_terminate_backend(%s, 5000)", [backend])


def test_a_spend_on_a_dead_connection_is_made_once_on_a_new_one(platform_key: str, owner: psycopg.Connection[Any]):
    life = Platform(platform_key).life("2027-03-22 00:00")
    life.call("POST", "/grants", {"credits": 50, "source": "promotion", "reason": "a start"})
    cut(owner)
    assert life.spend(7)["balance"] == 43
    cut(owner)
    assert life.available == 43
