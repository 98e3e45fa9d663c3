"""What a page may cost: queries, bytes, outside hosts."""

from __future__ import annotations

import gzip
import re
from collections.abc import Callable
from pathlib import Path

import django_htmx
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from refill.domain.roles import Role
from tests.web.accounts import Team

STATIC = Path(__file__).parents[2] / "refill" / "static" / "refill"
PAGES = ["/settings/billing", "/settings/billing/upgrade", "/settings/billing/buy", "/statement", "/settings/invoices"]


def test_plan_and_billing_takes_at_most_twelve_queries(team: Team, client_of: Callable[..., Client]) -> None:
    client = client_of(team, Role.OWNER)
    client.get("/settings/billing")
    with CaptureQueriesContext(connection) as queries:
        assert client.get("/settings/billing").status_code == 200
    asked = [query["sql"] for query in queries if query["sql"].lstrip().upper().startswith(("SELECT", "WITH"))]
    assert len(asked) <= 12, "\n".join(sql[:150] for sql in asked)


@pytest.mark.parametrize("address", PAGES)
def test_a_page_weighs_less_than_sixty_kilobytes(team: Team, client_of: Callable[..., Client], address: str) -> None:
    assert len(client_of(team, Role.OWNER).get(address).content) < 60_000


def test_all_script_together_weighs_less_than_fifty_kilobytes_compressed() -> None:
    htmx = Path(django_htmx.__file__).parent / "static" / "django_htmx" / "htmx-2.min.js"
    weight = sum(len(gzip.compress(path.read_bytes())) for path in [*STATIC.glob("*.js"), htmx])
    assert weight < 50_000


def test_no_page_asks_another_host_or_is_styled_or_scripted_inline(
    team: Team, client_of: Callable[..., Client]
) -> None:
    for address in PAGES:
        answer = client_of(team, Role.OWNER).get(address)
        text = answer.content.decode()
        assert re.findall(r'(?:src|href)="https?://', text) == []
        assert re.findall(r"<[^>]+\sstyle=|<style|\son[a-z]+=|<script(?![^>]*src=)", text) == []
        policy = answer.headers["Content-Security-Policy"]
        assert "unsafe" not in policy
        assert "default-src 'none'" in policy


def test_every_answer_has_its_number(team: Team, client_of: Callable[..., Client]) -> None:
    answer = client_of(team, Role.OWNER).get("/nowhere")
    assert answer.status_code == 404
    assert answer.headers["Request-Id"] in answer.content.decode()
