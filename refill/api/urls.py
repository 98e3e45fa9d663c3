"""Addresses below /v1. The hottest calls are found before these, by exact address (refill/api/hot)."""

from collections.abc import Callable
from typing import Any, cast

from django.http.response import HttpResponseBase
from django.urls import path

from refill.api.application import api
from refill.api.docs import show_docs, show_style
from refill.api.hot.holds import capture_hold, release_hold
from refill.api.hot.usage import reverse_usage
from refill.api.openapi import show_schema
from refill.api.routes.subscription import show_calendar


def _hot(view: Callable[..., Any]) -> Callable[..., HttpResponseBase]:
    """Their answers are made into Django's by the door."""
    return cast(Callable[..., HttpResponseBase], view)


urlpatterns = [
    path("openapi.json", show_schema),
    path("docs", show_docs),
    path("docs.css", show_style),
    path("usage/<str:usage_id>/reverse", _hot(reverse_usage)),
    path("holds/<str:hold_id>/capture", _hot(capture_hold)),
    path("holds/<str:hold_id>/release", _hot(release_hold)),
    path("calendars/<str:secret>.ics", show_calendar),
    path("", api.urls),
]
