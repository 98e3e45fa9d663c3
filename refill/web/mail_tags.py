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
def decline_words(code: str) -> str:
    """Why the bank said no, as far as it told."""
    return wording.declined(code)
