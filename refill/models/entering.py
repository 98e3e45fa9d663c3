"""What strangers ask for at the door, until the worker has looked who they are."""

from __future__ import annotations

from django.db import models


class Entrance(models.Model):
    """A new password, or a login, asked for by whoever gave this address.

    The page writes one such row for every address; only the worker looks whether there is a login. So no answer, and
    no answer's time, tells who has one.
    """

    class Kind(models.TextChoices):
        RESET = "reset"
        SIGN_UP = "sign_up"

    id = models.BigAutoField(primary_key=True)
    kind = models.CharField(max_length=8, choices=Kind.choices)
    email = models.CharField(max_length=254)
    name = models.CharField(max_length=200, default="")
    password = models.CharField(max_length=128, default="", help_text="hashed")
    asked_at = models.DateTimeField(help_text="real time")
