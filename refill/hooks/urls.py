"""The hooks' addresses."""

from __future__ import annotations

from django.urls import path

from refill.hooks import inbound_mail

urlpatterns = [
    path("help-mail", inbound_mail.help_mail, name="hook_help_mail"),
]
