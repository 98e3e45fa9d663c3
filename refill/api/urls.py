"""Addresses below /v1. The hottest calls are found before these, by exact address (refill/api/hot)."""

from django.urls import path

from refill.api.application import api
from refill.api.docs import show_docs, show_style
from refill.api.hot.holds import capture_hold, release_hold
from refill.api.hot.usage import reverse_usage
from refill.api.openapi import show_schema

urlpatterns = [
    path("openapi.json", show_schema),
    path("docs", show_docs),
    path("docs.css", show_style),
    path("usage/<str:usage_id>/reverse", reverse_usage),
    path("holds/<str:hold_id>/capture", capture_hold),
    path("holds/<str:hold_id>/release", release_hold),
    path("", api.urls),
]
