"""Who belongs to an account."""

from __future__ import annotations

from collections.abc import Iterable

from refill.domain import ids
from refill.domain.errors import Unknown
from refill.models import Membership, User


def demand_member(account_id: int, member_id: int) -> None:
    """Raises Unknown unless the member was ever in this account."""
    if not Membership.objects.filter(account_id=account_id, pk=member_id).exists():
        raise Unknown("There is no such member in this account.", param="member")


_LABELS = {"refill": "Refill by itself", "platform": "the operator’s software", "demo": "the demo"}


def names_of(actors: Iterable[str]) -> dict[str, str]:
    """Return the names behind actors' labels (usr_…, operator usr_…); labels without a login are left out."""
    numbers: dict[str, int] = {}
    actors = set(actors)
    for actor in actors:
        try:
            numbers[actor] = ids.decode("usr", actor.removeprefix("operator "))[0]
        except ids.UnknownId:
            continue
    names = dict(User.objects.filter(pk__in=numbers.values()).values_list("pk", "name"))
    found = {actor: _as_operator(actor, names.get(number, "")) for actor, number in numbers.items()}
    return found | {label: said for label, said in _LABELS.items() if label in actors}


def _as_operator(actor: str, name: str) -> str:
    return f"operator {name}" if actor.startswith("operator ") else name
