"""What the sign-in library asks us about. Apart from the guard, since the library loads it."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest, HttpResponse

from refill.web import devices


class AccountAdapter(DefaultAccountAdapter):
    """The library's own answers, but for an address that is none, and for browsers not seen before."""

    def is_safe_url(self, url: str) -> bool:
        """Whether a visitor may be led to the address after signing in."""
        try:
            return bool(super().is_safe_url(url))
        except ValueError:
            return False

    def login(self, request: HttpRequest, user: Any) -> None:
        """Sign in, and tell the user of a browser that is new, but for the very first one."""
        is_first = user.last_login is None
        super().login(request, user)
        if not is_first and not devices.is_known(request, user.pk) and devices.may_tell(user.pk):
            self.send_notification_mail("account/email/new_sign_in", user)

    def post_login(self, request: HttpRequest, user: Any, **how: Any) -> HttpResponse:
        """Lead on, with a browser that knows its user."""
        response: HttpResponse = super().post_login(request, user, **how)
        devices.remember(request, response, user.pk)
        return response
