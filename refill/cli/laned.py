"""What granian's process for the lane loads: the lane, told where the database and the web are."""

import os

from psycopg.conninfo import make_conninfo

from refill import settings
from refill.cli.ending import end_with_server
from refill.lane.application import Lane, Settings

__all__ = ["application"]

_NOT_LIBPQ = ("server_side_binding", "prepare_threshold")


def _conninfo() -> str:
    """A session like the web's own: as refill_app, with its bounds."""
    database = settings.DATABASES["default"]
    places = {"host": "HOST", "port": "PORT", "user": "USER", "password": "PASSWORD", "dbname": "NAME"}
    given = {name: database[key] for name, key in places.items() if database[key]}
    options = {name: value for name, value in database["OPTIONS"].items() if name not in _NOT_LIBPQ}
    return make_conninfo("", **given, **options)


def _plain() -> tuple[str, int]:
    host, _, port = os.environ["REFILL_LANE_PLAIN"].rpartition(":")
    return host, int(port)


application = Lane(Settings(_conninfo(), _plain(), settings.BASE_URL, settings.SECURE_HSTS_SECONDS))
end_with_server()
