"""The formats, for templates. Instants are written in the zone of the account that is looked at."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from refill.domain import roles
from refill.domain.roles import Right, Role
from refill.domain.taxes import say_rate
from refill.gateways.clock import now as system_now
from refill.web import formats, wording
from refill.web.office_deeds import CHARGES

register = template.Library()
register.filter("number", formats.number)
register.filter("signed", formats.signed)
register.filter("credits", formats.credits)
register.filter("included", formats.included)
register.filter("place", formats.place)
register.filter("phone", formats.phone)
register.filter("listed", formats.listed)
register.filter("browser", wording.browser)
register.filter("text_fault", wording.text_fault)


@register.filter
def money(amount_minor: int, currency: str) -> str:
    return formats.money(amount_minor, currency)


@register.filter
def each(offer: Any) -> str:
    """What one credit of a price or pack costs."""
    return formats.unit_price(offer.amount_minor, offer.credits, offer.currency)


def _zone(context: Mapping[str, Any]) -> str:
    return context.get("zone") or "UTC"


def _now(context: Mapping[str, Any]) -> datetime:
    return context.get("now") or system_now()


def _timed(at: datetime, words: str) -> SafeString:
    stamp = at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return format_html('<time datetime="{}">{}</time>', stamp, words)


@register.simple_tag(takes_context=True)
def day(context: Mapping[str, Any], at: datetime) -> SafeString:
    return _timed(at, formats.day(at, _zone(context)))


@register.simple_tag(takes_context=True)
def short_day(context: Mapping[str, Any], at: datetime) -> SafeString:
    return _timed(at, formats.short_day(at, _zone(context), _now(context)))


@register.simple_tag(takes_context=True)
def moment(context: Mapping[str, Any], at: datetime) -> SafeString:
    return _timed(at, formats.moment(at, _zone(context)))


@register.simple_tag(takes_context=True)
def day_and_clock(context: Mapping[str, Any], at: datetime) -> SafeString:
    """22 March, 9:00 am: where year and zone stand nearby."""
    zone = _zone(context)
    return _timed(at, f"{formats.short_day(at, zone, _now(context))}, {formats.clock(at, zone)}")


@register.simple_tag(takes_context=True)
def clock(context: Mapping[str, Any], at: datetime) -> SafeString:
    return _timed(at, formats.clock(at, _zone(context)))


@register.simple_tag(takes_context=True)
def in_days(context: Mapping[str, Any], at: datetime) -> str:
    return formats.in_days(context["now"], at, _zone(context))


@register.simple_tag(takes_context=True)
def zone_name(context: Mapping[str, Any], at: datetime) -> str:
    return formats.zone_name(at, _zone(context))


@register.filter
def local_day(on: date) -> SafeString:
    return format_html('<time datetime="{}">{}</time>', on.isoformat(), formats.local_day(on))


@register.filter
def week_day(on: date) -> SafeString:
    return format_html('<time datetime="{}">{}</time>', on.isoformat(), formats.week_day(on))


@register.filter
def plain_day(on: date) -> str:
    return formats.local_day(on)


@register.filter
def negative(value: int) -> str:
    """What went away, with a minus; nothing is 0."""
    return formats.number(-value)


@register.filter
def to_number(value: str) -> str:
    return formats.number(int(value))


@register.filter
def rate(basis_points: int) -> str:
    """1900 is 19 %."""
    return say_rate(basis_points)


@register.filter
def deed(right: Right) -> str:
    return wording.deed(right)


@register.filter
def who_has(right: Right) -> str:
    return formats.listed([role.label for role in roles.who_has(right)], "or")


@register.filter
def a_role(role: Role) -> str:
    """the Owner, an Admin, a Member."""
    article = "the" if role is Role.OWNER else "an" if role.label[0] in "AO" else "a"
    return f"{article} {role.label}"


@register.filter
def asked(request: Any) -> str:
    return wording.ASKED[request.kind]


@register.filter
def source(name: str | None) -> str:
    said = wording.SOURCES.get(name or "", "Owed")
    return said[0].upper() + said[1:]


@register.filter
def feature(name: str) -> str:
    """The catalogue's name in words; of one that has none here, the name itself."""
    said = wording.FEATURES.get(name, name.replace("_", " "))
    return said[0].upper() + said[1:] if said else ""


@register.filter
def status(code: str) -> str:
    """An account's state in words."""
    return wording.STATUS.get(code, (code, ""))[0]


@register.filter
def charge_state(code: str) -> str:
    """A charge's state as the office says it."""
    return CHARGES.get(code, code)


@register.filter
def plain_name(name: str) -> str:
    """A name for programs as people read it: hold_grace is Hold grace."""
    return name.replace("_", " ").capitalize()


@register.filter
def month_named(month: str) -> str:
    """2027-03 is March 2027."""
    return formats.month(date.fromisoformat(f"{month}-01"))


@register.filter
def text_state(state: str) -> str:
    """A text's state in words."""
    return wording.TEXT_STATES.get(state, state)


@register.filter
def left_out(problem: str) -> str:
    """Why a line of a broadcast is left out."""
    return wording.LEFT_OUT.get(problem, problem)
