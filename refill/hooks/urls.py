"""The addresses that providers call."""

from __future__ import annotations

from django.urls import path

from refill.hooks import cards, inbound_mail

urlpatterns = [
    path("cards", cards.cards, name="hook_cards"),
    path("help-mail", inbound_mail.help_mail, name="hook_help_mail"),
]
