"""The addresses that providers call."""

from __future__ import annotations

from django.urls import path

from refill.hooks import cards, inbound_mail, texts

urlpatterns = [
    path("cards", cards.cards, name="hook_cards"),
    path("carrier/status", texts.carrier, name="hook_carrier_status"),
    path("carrier/incoming", texts.carrier, name="hook_carrier_incoming"),
    path("help-mail", inbound_mail.help_mail, name="hook_help_mail"),
]
