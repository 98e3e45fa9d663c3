"""kill -9 at each step of a purchase and of a renewal (F1-F5, F8): one charge, one grant, one invoice."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from refill.domain import ids
from refill.domain.records import Actor
from refill.models import Charge, Grant, Invoice, Order, ProviderEvent
from refill.queries import verification
from refill.services import orders
from tests.cards.conftest import Town
from tests.fake_stripe.server import KEY
from tests.life import Life

ROOT = Path(__file__).resolve().parents[2]
LONG_AGO = "2020-01-01T00:00:00Z"


def die(town: Town, database: str, life: Life, quote: str | None, step: str, folder: Path) -> None:
    """Let another process do it, and see it killed."""
    quote_id = ids.decode("quo", quote)[0] if quote else None
    told = {"url": town.fake.url, "key": KEY, "account": life.account_id, "quote": quote_id}
    environment = {
        **os.environ, "DYING": json.dumps(told), "DATABASE_URL": database, "REFILL_SECRET_KEY": "for tests only",
        "DJANGO_SETTINGS_MODULE": "refill.settings", "REFILL_DATA": str(folder),
    }  # fmt: skip
    command = [sys.executable, "-m", "tests.cards.dying", step]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == -9, done.stderr


def lapse(life: Life) -> None:
    """The leases of the dead run out."""
    Charge.objects.filter(account_id=life.account_id, leased_until__isnull=False).update(leased_until=LONG_AGO)
    ProviderEvent.objects.filter(leased_until__isnull=False).update(leased_until=LONG_AGO, try_at=LONG_AGO)


def once(town: Town, life: Life, kind: str) -> None:
    """One charge, one grant, one invoice; the books agree."""
    order = Order.objects.get(account_id=life.account_id, kind=kind)
    assert order.status == "succeeded"
    assert [charge.state for charge in order.charges.all()] == ["succeeded"]
    keys = [intent["metadata"]["refill_order"] for intent in town.intents(life)]  # type: ignore[index]
    assert keys.count(ids.encode("ord", order.pk)) == 1
    assert [invoice.status for invoice in Invoice.objects.filter(order=order)] == ["paid"]
    assert verification.mismatches(life.account_id) == []


@pytest.mark.parametrize(
    ("step", "taken_before"),
    [
        ("before S1", 0), ("after S1", 0), ("before S2", 0), ("after S3", 4_000), ("after S4", 4_000),
        ("within S5", 4_000), ("after S5", 4_000), ("within S8", 4_000),
    ],
)  # fmt: skip
def test_F1_F2_F3_F4_F5_a_purchase_that_is_killed_is_made_once(
    town: Town, database: str, tmp_path: Path, step: str, taken_before: int
):
    life = town.life()
    quote = life.quote(buy_credits={"pack": life.platform.pack(1_000), "quantity": 1})
    if step == "within S8":
        other = town.life("slow")
        other.buy(1_000)
        town.fake.settle(str(town.intents(other)[0]["id"]), paid=True)
        town.deliver(town.fake.events[-1:], work=False)
    die(town, database, life, quote["id"], step, tmp_path)
    assert town.taken(life) == taken_before
    assert Order.objects.filter(account_id=life.account_id).count() == (0 if step == "before S1" else 1)
    assert life.available == (1_000 if step in ("after S5", "within S8") else 0)
    lapse(life)
    (number,) = ids.decode("quo", quote["id"])
    orders.confirm(account_id=life.account_id, quote_id=number, actor=Actor("ann"), key="once")
    life.advance("2027-03-10 12:01")
    town.deliver(town.fake.events * 2)
    once(town, life, "buy_credits")
    assert (life.available, town.taken(life)) == (1_000, 4_000)
    assert Grant.objects.filter(account_id=life.account_id, source="purchase").count() == 1
    if step == "within S8":
        assert other.available == 1_000


def renew_and_die(town: Town, database: str, folder: Path, step: str) -> None:
    life = town.life()
    life.change(life.platform.price("growth", 1_000))
    life.advance("2027-04-10 12:00", work=False)
    die(town, database, life, None, step, folder)
    lapse(life)
    life.advance("2027-04-10 12:01")
    town.deliver(town.fake.events * 2)
    once(town, life, "renewal")
    assert (life.available, town.taken(life)) == (1_000, 7_000)


@pytest.mark.parametrize("step", ["before R1", "after S3", "within S5"])
def test_F8_a_renewal_that_is_killed_is_made_once(town: Town, database: str, tmp_path: Path, step: str):
    renew_and_die(town, database, tmp_path, step)


@pytest.mark.soak
@pytest.mark.parametrize("step", ["after S1", "before S2", "after S4", "after S5"])
def test_a_renewal_killed_at_the_other_steps_is_made_once(town: Town, database: str, tmp_path: Path, step: str):
    renew_and_die(town, database, tmp_path, step)
