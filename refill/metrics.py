"""GET /metrics for Prometheus: on this machine, or with the token of REFILL_METRICS_TOKEN.

Nothing is counted in memory: what is due is read from the rows themselves, so each process gives the same figures.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterator

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.request import split_domain_port
from prometheus_client import CollectorRegistry, Metric, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from refill import __version__
from refill.gateways import clock
from refill.queries import metrics

LOOPBACK = ("127.0.0.1", "::1")
LOOPBACK_HOSTS = ("127.0.0.1", "localhost", "[::1]")
# A proxy on this machine says for whom it asks; that is nobody of this machine.
FORWARDED = ("HTTP_FORWARDED", "HTTP_X_FORWARDED_FOR", "HTTP_X_FORWARDED_PROTO", "HTTP_X_FORWARDED_HOST", "HTTP_VIA")


def show_metrics(request: HttpRequest) -> HttpResponse:
    """The figures as text, or 403."""
    if not (_has_token(request) or _is_here(request)):
        words = "Metrics are for this machine, or for Authorization: Bearer with REFILL_METRICS_TOKEN.\n"
        return HttpResponse(words, status=403, content_type="text/plain; charset=utf-8")
    registry = CollectorRegistry()
    registry.register(Figures())
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


def _has_token(request: HttpRequest) -> bool:
    scheme, _, given = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
    known = settings.METRICS_TOKEN
    return bool(known) and scheme.lower() == "bearer" and hmac.compare_digest(given.encode(), known.encode())


def _is_here(request: HttpRequest) -> bool:
    host, _ = split_domain_port(request.META.get("HTTP_HOST", ""))
    return (
        request.META.get("REMOTE_ADDR") in LOOPBACK
        and host in LOOPBACK_HOSTS
        and not any(name in request.META for name in FORWARDED)
    )


class Figures:
    """The metrics of one moment."""

    def collect(self) -> Iterator[Metric]:
        now = clock.now()
        which = GaugeMetricFamily("refill_info", "Always 1; its label says which Refill.", labels=["version"])
        which.add_metric([__version__], 1)
        yield which
        count = GaugeMetricFamily("refill_due", "Rows that are due and not done yet, by kind of work.", labels=["kind"])
        age = GaugeMetricFamily("refill_due_oldest_seconds", "Since when the first of them is due.", labels=["kind"])
        for kind, due in metrics.due(now).items():
            count.add_metric([kind], due.count)
            age.add_metric([kind], due.oldest_seconds)
        yield from (count, age)
        yield GaugeMetricFamily(
            "refill_failing_endpoints", "Webhook endpoints that did not answer the last time.",
            value=metrics.failing_endpoints(),
        )  # fmt: skip
        calls = GaugeMetricFamily("refill_calls_5m", "Calls of the last five minutes, by answer.", labels=["status"])
        found = metrics.calls_lately(now)
        for first in (2, 4, 5):
            calls.add_metric([f"{first}xx"], found.get(first, 0))
        yield calls
