"""Addresses are read as libpq reads them, and written so that they are read the same again."""

import pytest

from refill.database_url import DatabaseAddress, parse_database_url

pytestmark = pytest.mark.no_database


@pytest.mark.parametrize(
    ("url", "address"),
    [
        (
            "postgres://ann:p%40ss@db.example:5433/refill?sslmode=require",
            DatabaseAddress("refill", "ann", "p@ss", "db.example", "5433", {"sslmode": "require"}),
        ),
        ("postgresql:///refill?host=/run/postgresql", DatabaseAddress("refill", host="/run/postgresql")),
        ("postgresql://ann@%2Frun%2Fpostgresql/refill", DatabaseAddress("refill", "ann", host="/run/postgresql")),
        ("postgresql://[::1]:5432/refill", DatabaseAddress("refill", host="::1", port="5432")),
        ("postgresql:///refill?user=ann&port=6000", DatabaseAddress("refill", "ann", port="6000")),
    ],
)
def test_an_address_is_read_in_its_parts_and_survives_being_written(url: str, address: DatabaseAddress) -> None:
    assert parse_database_url(url) == address
    assert parse_database_url(address.url()) == address


def test_another_database_of_the_same_server_has_the_same_address_but_for_its_name() -> None:
    address = parse_database_url("postgresql://ann@db.example/refill?sslmode=require")
    assert address.url("other one") == "postgresql://ann@db.example/other%20one?sslmode=require"


@pytest.mark.parametrize("url", ["mysql://h/refill", "postgresql://h", "refill"])
def test_what_is_no_address_of_a_database_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="DATABASE_URL"):
        parse_database_url(url)
