"""The policies in force, for what pages say and ask."""

from __future__ import annotations

from refill.domain.policies import Policy, parse
from refill.models import PolicyVersion


def latest_policy() -> Policy:
    """Return the policies that a new period would keep; the defaults where none was ever stored."""
    version = PolicyVersion.objects.order_by("-id").values_list("values", flat=True).first()
    return parse(version or {})


def sign_in_limits() -> dict[str, int]:
    """How old a sign-in may be, in seconds: for money, and for keys, roles and ownership (RULES §8)."""
    policy = latest_policy()
    return {"money": policy.money_sign_in_hours * 3600, "strong": policy.strong_sign_in_minutes * 60}
