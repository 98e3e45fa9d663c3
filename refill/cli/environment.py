"""What a process of the product is told by its environment, and how a verb gets Django and a database."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from refill.cli.backup import refuse_unfinished
from refill.cli.fingerprint import was_prepared
from refill.cli.places import StartRefused, default_data_dir, read_or_make_secret_key
from refill.cli.postgres import EmbeddedPostgres


def child_environment(
    data_dir: Path, *, database_url: str, base_url: str, process: str, as_owner: bool = False, demo: bool = False
) -> dict[str, str]:
    """The environment of a child of the launcher. `process` is web, worker or owner."""
    environment = dict(os.environ)
    environment.setdefault("REFILL_BASE_URL", base_url)
    if not environment.get("REFILL_SECRET_KEY"):
        environment["REFILL_SECRET_KEY"] = read_or_make_secret_key(data_dir)
    environment |= {
        "DATABASE_URL": database_url,
        "REFILL_DATA": str(data_dir),
        "REFILL_STATIC_ROOT": str(data_dir / "static"),
        "REFILL_PROCESS": process,
        "REFILL_AS_OWNER": "1" if as_owner else "",
        "REFILL_DEMO": "1" if demo else "",
        "REFILL_LAUNCHED": "1",
        "DJANGO_SETTINGS_MODULE": "refill.settings",
    }
    return environment


def require_served_environment() -> None:
    """StartRefused where a process of its own (serve, worker) lacks what it cannot make up."""
    if not os.environ.get("DATABASE_URL"):
        raise StartRefused("DATABASE_URL is not set. `refill up` brings a PostgreSQL of its own.")
    if not os.environ.get("REFILL_SECRET_KEY"):
        raise StartRefused(
            "REFILL_SECRET_KEY is not set: sessions and links are signed with it. Give every process the "
            "same long random text; `refill up` makes one and keeps it in the data directory."
        )


def set_up_django(process: str, *, as_owner: bool = False) -> None:
    """Load Django in this process, connected as refill_app or as the owner."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "refill.settings")
    os.environ["REFILL_PROCESS"] = process
    os.environ["REFILL_AS_OWNER"] = "1" if as_owner else ""
    import django

    django.setup()
    check_cards()


def check_cards() -> None:
    """StartRefused where Stripe is to take the cards and its secrets are missing: not only at the first charge."""
    from django.conf import settings

    if not settings.REFILL_CARD_GATEWAY.endswith(".StripeCards"):
        return
    given = {
        "REFILL_STRIPE_KEY": settings.STRIPE_KEY,
        "REFILL_STRIPE_WEBHOOK_SECRETS": settings.STRIPE_WEBHOOK_SECRETS,
    }
    missing = [name for name, value in given.items() if not value]
    if missing:
        raise StartRefused(f"Cards go through Stripe, so set {' and '.join(missing)} (docs/going-live-cards.md).")


@contextmanager
def database_for_verb(data_dir: Path | None = None, *, new: bool = False, restoring: bool = False) -> Iterator[str]:
    """The owner's URL of the product's database, for a verb: DATABASE_URL, the server that `up` runs on the
    data directory, or one that is started for as long as the block lasts. Also put into the environment.
    StartRefused where the product was never there, unless it may be `new`, or where a restore was cut short, unless it
    is begun again (`restoring`).
    """
    place = (data_dir or default_data_dir()).resolve()
    given = os.environ.get("DATABASE_URL", "")
    server = EmbeddedPostgres(place)
    starts_it = not given and not is_held(place / "lock")
    if starts_it:
        server.start()
    url = given or server.url()
    os.environ["DATABASE_URL"] = url
    os.environ.setdefault("REFILL_DATA", str(place))
    if not os.environ.get("REFILL_SECRET_KEY") and (place / "secret_key").exists():
        os.environ["REFILL_SECRET_KEY"] = read_or_make_secret_key(place)
    try:
        if not is_prepared(url, restoring=restoring) and not new:
            raise StartRefused("This database has no Refill in it yet. Start it once with `refill up`.")
        yield url
    finally:
        if not given:
            del os.environ["DATABASE_URL"]
        if starts_it:
            server.stop()


def is_prepared(url: str, *, restoring: bool = False) -> bool:
    """Whether the product was ever in this database. StartRefused where it cannot be reached, and where a restore was
    cut short, unless it is begun again (`restoring`)."""
    try:
        if not restoring:
            refuse_unfinished(url)
        return was_prepared(url)
    except psycopg.OperationalError as fault:
        raise StartRefused(f"The database cannot be reached: {fault}") from None


def is_held(lock: Path) -> bool:
    """Whether a launcher has the data directory now."""
    if not lock.exists():
        return False
    with lock.open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return True
        return False
