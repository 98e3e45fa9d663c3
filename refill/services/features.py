"""What a plan has and another has not (RULES §4.10)."""

from __future__ import annotations

from refill.domain.errors import FeatureNotInPlan
from refill.models import Plan
from refill.services import periods


def demand(account_id: int, feature: str) -> None:
    """Raises FeatureNotInPlan where the account's plan lists features, and this is not among them; an account without
    a plan has none that could leave it out."""
    subscription = periods.live_subscription(account_id)
    if subscription is None or not subscription.price.plan.features or feature in subscription.price.plan.features:
        return
    on_sale = Plan.objects.filter(withdrawn_at=None, features__contains=[feature]).order_by("rank")
    names = list(dict.fromkeys(on_sale.values_list("name", flat=True)))
    detail = f"{subscription.price.plan.name} does not include {feature}."
    raise FeatureNotInPlan(f"{detail} These plans do: {', '.join(names)}." if names else detail, feature=feature)
