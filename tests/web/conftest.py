"""A browser, people who are signed in, and accounts at interesting moments."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from allauth.account.internal.flows.login import record_authentication
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.http import HttpRequest
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from refill.domain.roles import Role
from refill.gateways import clock
from refill.models import User
from tests.web.accounts import Team, make_operator, make_team, run_dry
from tests.web.looking import watch

AUTHENTICATOR = {
    "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
    "isUserVerified": True, "automaticPresenceSimulation": True,
}  # fmt: skip
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-dev-shm-usage"]


@pytest.fixture(scope="module", autouse=True)
def pages_of_the_default_catalogue(default_catalogue_alone: None) -> None:
    """People are shown the default plans and packs."""


@pytest.fixture(scope="session")
def team(database: str) -> Team:
    """An account in the middle of its month; tests that change it make one of their own."""
    return make_team(pack=1_000)


@pytest.fixture(scope="session")
def dry_team(database: str) -> Team:
    made = make_team(name="Harbour Clinic", days=14)
    run_dry(made)
    return made


def session_of(user: User, *, hours_ago: float = 0, with_code: bool = False) -> str:
    """Sign the user in, so many hours ago, with an authenticator's code or without; return the session's key."""
    request = HttpRequest()
    request.session = SessionStore()
    record_authentication(request, user, method="password", email=user.email)
    if with_code:
        record_authentication(request, user, method="mfa", type="totp", id=0)
    request.session[SESSION_KEY] = str(user.pk)
    request.session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    request.session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    for record in request.session["account_authentication_methods"]:
        record["at"] = (clock.now() - timedelta(hours=hours_ago)).timestamp()
    request.session.save()
    key: str = request.session.session_key
    return key


@pytest.fixture
def client_of() -> Callable[..., Client]:
    """A client without a browser, signed in as the team's member of this role."""

    def make(team: Team, role: Role, *, hours_ago: int = 0) -> Client:
        client = Client()
        client.cookies[settings.SESSION_COOKIE_NAME] = session_of(team.user(role), hours_ago=hours_ago)
        return client

    return make


@pytest.fixture
def operator_client() -> Callable[..., Client]:
    """A client without a browser, signed in as an operator, with an authenticator's code."""

    def make(user: User | None = None, *, hours_ago: float = 0, with_code: bool = True) -> Client:
        client = Client()
        key = session_of(user or make_operator(), hours_ago=hours_ago, with_code=with_code)
        client.cookies[settings.SESSION_COOKIE_NAME] = key
        return client

    return make


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    # The browser's driver runs an event loop in this thread; the database is used beside it, not from it.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    with sync_playwright() as playwright:
        program = shutil.which("chromium") or shutil.which("chromium-browser")
        launched = playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
        yield launched
        launched.close()


@pytest.fixture
def open_as(browser: Browser, site_url: str) -> Iterator[Callable[..., Page]]:
    """A page of a browser of its own, signed in as the team's member of this role, or as this operator.

    At the end the browser must have refused nothing by the content policy, and no script may have failed.
    """
    contexts: list[BrowserContext] = []
    heard: list[list[str]] = []

    def make(
        team: Team | User | None,
        role: Role = Role.OWNER,
        *,
        script: bool = True,
        width: int = 1280,
        dark: bool = False,
    ) -> Page:
        context = browser.new_context(
            base_url=site_url,
            viewport={"width": width, "height": 800},
            color_scheme="dark" if dark else "light",
            reduced_motion="reduce",
            java_script_enabled=script,
        )
        context.set_default_timeout(10_000)
        contexts.append(context)
        heard.append(watch(context))
        if team is not None:
            key = session_of(team, with_code=True) if isinstance(team, User) else session_of(team.user(role))
            context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": key, "url": site_url}])
        return context.new_page()

    yield make
    for context in contexts:
        context.close()
    assert [fault for faults in heard for fault in faults] == []


@pytest.fixture
def with_a_key(browser: Browser, site_url: str) -> Iterator[Callable[[Team], Page]]:
    """A page in a browser that has a key of its own. Passkeys belong to a name, so the site is asked for by one."""
    base = f"http://localhost:{urlsplit(site_url).port}"
    context = browser.new_context(base_url=base, reduced_motion="reduce")
    heard = watch(context)

    def make(team: Team) -> Page:
        key = session_of(team.user(Role.OWNER))
        context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": key, "url": base}])
        page = context.new_page()
        devices = context.new_cdp_session(page)
        devices.send("WebAuthn.enable")
        devices.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})
        return page

    yield make
    context.close()
    assert heard == []
