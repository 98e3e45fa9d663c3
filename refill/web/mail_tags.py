"""Dates in mail: words alone, with the zone, for text and HTML alike."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django import template

from refill.web import formats, wording

register = template.Library()


@register.simple_tag(takes_context=True)
def mail_moment(context: Mapping[str, Any], at: datetime) -> str:
    """22 March 2027, 9:00 am EDT."""
    return formats.moment(at, context["zone"])


@register.simple_tag(takes_context=True)
def mail_day(context: Mapping[str, Any], at: datetime) -> str:
    """22 March 2027."""
    return formats.day(at, context["zone"])


@register.filter
def mail_phone(e164: str) -> str:
    """+1 202-555-0123, with plain spaces."""
    return formats.phone(e164).replace("\u00a0", " ")


@register.filter
def utc_moment(at: datetime) -> str:
    """The same where no account says whose zone: 22 March 2027, 1:00 pm UTC."""
    return formats.moment(at, "UTC")


@register.filter
def decline_words(code: str) -> str:
    """Why the bank said no, as far as it told."""
    return wording.declined(code)
