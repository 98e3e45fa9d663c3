"""What the sign-in library asks us about. Apart from the guard, since the library loads it."""

from __future__ import annotations

from allauth.account.adapter import DefaultAccountAdapter


class AccountAdapter(DefaultAccountAdapter):
    """The library's own answers, but for an address that is none."""

    def is_safe_url(self, url: str) -> bool:
        """Whether a visitor may be led to the address after signing in."""
        try:
            return bool(super().is_safe_url(url))
        except ValueError:
            return False
