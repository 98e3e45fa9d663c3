"""The questions on Plan & Billing, answered with the account's own dates and numbers and the rows of its policy."""

from __future__ import annotations

from dataclasses import dataclass

from refill.domain.policies import explain
from refill.domain.records import BalanceRead
from refill.domain.roles import Role
from refill.queries.pages.people import Person
from refill.queries.pages.standing import Standing
from refill.queries.pages.visits import Place
from refill.web import formats


@dataclass(frozen=True, slots=True)
class Question:
    asks: str
    answer: str
    more: tuple[str, ...] = ()


def questions_for(
    standing: Standing, balance: BalanceRead, members: tuple[Person, ...], place: Place, *, may_see_money: bool
) -> list[Question]:
    """Return what people ask, in the order in which they ask it."""
    said = explain(standing.policy, lambda minor: formats.money(minor, place.currency))
    found = [_roll_over(said, standing, balance, place), _zero(said), _who(members)]
    if may_see_money:
        found += [_upgrade(said), _downgrade(standing, place), _cancel(said, standing, place)]
        found.append(_failed(said))
    found.append(_costs(said))
    if may_see_money:
        found.append(_extras(said))
    return found


def _reset(standing: Standing, place: Place) -> str:
    return formats.day(standing.ends_at, place.zone) if standing.ends_at else "the end of the period"


def _roll_over(said: dict[str, str], standing: Standing, balance: BalanceRead, place: Place) -> Question:
    until = standing.purchased_until
    stay = f"are kept until {formats.day(until, place.zone)}" if until else "stay until they are used"
    bought = f"Bought credits do: your {formats.number(balance.purchased_left)} {stay}."
    yearly = (said["allowance_every"],) if standing.price and standing.price.interval == "year" else ()
    if standing.ends_at is None or standing.price is None:
        return Question("Do my credits roll over?", bought)
    coming = standing.scheduled or standing.price
    if standing.cancel_at:
        end = f"Plan credits do not: the plan ends on {_reset(standing, place)}, and what is left of them with it."
    else:
        end = (
            f"Plan credits do not: on {_reset(standing, place)} the {formats.number(balance.allowance_left)} that are"
            f" left are replaced by {formats.number(coming.credits)} new ones."
        )
    return Question("Do my credits roll over?", f"{end} {bought} Plan credits are used first.", yearly)


def _zero(said: dict[str, str]) -> Question:
    return Question(
        "What happens at zero?",
        "Nothing is sent until there are credits again. " + said["inbound_at_zero"],
        (said["low_percents"],),
    )


def _who(members: tuple[Person, ...]) -> Question:
    deciders = [f"{p.name} ({p.role.label})" for p in members if p.role in (Role.OWNER, Role.ADMIN)]
    return Question("Who can change plan, cards and credits?", f"{formats.listed(deciders)}.")


def _upgrade(said: dict[str, str]) -> Question:
    return Question(
        "What does an upgrade cost today?",
        said["upgrade"] + " You see every line of it before you pay.",
        (said["quote_minutes"],),
    )


def _downgrade(standing: Standing, place: Place) -> Question:
    return Question(
        "How do I go to a lower plan?",
        f"Press Upgrade, choose the lower plan, check and confirm. It starts on {_reset(standing, place)};"
        " until then you can undo it. Nothing is deleted by itself.",
    )


def _cancel(said: dict[str, str], standing: Standing, place: Place) -> Question:
    return Question(
        "What if I cancel?",
        f"The plan runs until {_reset(standing, place)}, and until then you can undo it.",
        (said["read_only_days"], said["keep_purchased_months"]),
    )


def _failed(said: dict[str, str]) -> Question:
    return Question(
        "What if a payment fails?", said["dunning_days"], (said["renewal_advance"], said["needs_action_hours"])
    )


def _extras(said: dict[str, str]) -> Question:
    more = (said["number_price_minor"], said["number_minimum_days"], said["add_on_removal"])
    return Question("What do more seats and numbers cost?", said["seat_price_minor"], more)


def _costs(said: dict[str, str]) -> Question:
    return Question(
        "What does a message cost?",
        said["rate_card"].replace("mms", "picture message"),
        ("A text of up to 160 plain characters is one part, longer ones have 153 in each.",),
    )
