"""The default catalogue: three tiers of 250 to 50,000 credits, the year at ten months; the operator edits it."""

from __future__ import annotations

from django.db import transaction

from refill.domain.records import PRODUCT
from refill.models import Plan
from refill.services.selling import catalogue, policies

# credits a month: minor units a month, for each tier
STEPS = (250, 500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000)
TIERS: tuple[tuple[str, str, tuple[str, ...], dict[str, int], tuple[int, ...]], ...] = (
    ("starter", "Starter", ("shared_inbox",), {"seats": 1, "numbers": 1},
     (1_200, 1_900, 3_000, 6_500, 12_000, 22_000, 50_000, 90_000)),
    ("growth", "Growth", ("shared_inbox", "broadcasts", "scheduling", "reports"), {"seats": 3, "numbers": 2},
     (1_600, 2_400, 3_500, 7_500, 13_500, 24_500, 55_000, 98_000)),
    ("scale", "Scale", ("shared_inbox", "broadcasts", "scheduling", "reports", "api", "webhooks", "budgets"),
     {"seats": 10, "numbers": 5}, (2_900, 3_900, 5_200, 9_500, 16_500, 29_000, 62_000, 110_000)),
)  # fmt: skip
PACKS = ((250, 1_250), (1_000, 4_000), (2_500, 9_000), (5_000, 16_500), (10_000, 30_000))
CURRENCY = "usd"


def ensure() -> None:
    """Store the default policies, and the whole catalogue, where there are none."""
    policies.ensure_defaults()
    if Plan.objects.filter(mode="both").exists():
        return
    with transaction.atomic(durable=True):
        for rank, (code, name, features, limits, monthly) in enumerate(TIERS, start=1):
            steps = list(zip(STEPS, monthly, strict=True))
            prices = [("month", credits, amount, CURRENCY) for credits, amount in steps]
            prices += [("year", credits * 12, amount * 10, CURRENCY) for credits, amount in steps]
            catalogue.add_plan(
                actor=PRODUCT, name=name, rank=rank, features=list(features), limits=limits, livemode=None, code=code,
                prices=prices,
            )  # fmt: skip
        for credits, amount in PACKS:
            catalogue.add_pack(actor=PRODUCT, credits=credits, amount_minor=amount, currency=CURRENCY, livemode=None)
