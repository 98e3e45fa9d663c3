"""Which browsers a user has signed in with: each keeps a signed cookie that names its users."""

from __future__ import annotations

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from refill.domain import ids

DAY_SECONDS = 24 * 3600
KEPT_SECONDS = 400 * DAY_SECONDS  # browsers keep no cookie longer
MOST_USERS = 10
MOST_MAILS_A_DAY = 5


def is_known(request: HttpRequest, user_id: int) -> bool:
    """Whether the user has signed in with this browser before."""
    return ids.encode("usr", user_id) in _users(request)


def remember(request: HttpRequest, response: HttpResponseBase, user_id: int) -> None:
    """Let the browser name the user from now on, the latest ones of it first."""
    name = ids.encode("usr", user_id)
    users = [name, *(other for other in _users(request) if other != name)][:MOST_USERS]
    response.set_signed_cookie(
        settings.DEVICE_COOKIE_NAME, ".".join(users), max_age=KEPT_SECONDS, secure=settings.SESSION_COOKIE_SECURE,
        httponly=True, samesite="Lax",
    )  # fmt: skip


def may_tell(user_id: int) -> bool:
    """Whether the user is told of one more new browser today: whose browsers forget is not told without end."""
    return any(cache.add(f"new_sign_in:{user_id}:{nth}", True, DAY_SECONDS) for nth in range(MOST_MAILS_A_DAY))


def _users(request: HttpRequest) -> list[str]:
    kept = request.get_signed_cookie(settings.DEVICE_COOKIE_NAME, default="", max_age=KEPT_SECONDS)
    return str(kept).split(".")
