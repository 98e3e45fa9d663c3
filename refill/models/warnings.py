"""Which warnings of the last refill were given (RULES §6.1)."""

from __future__ import annotations

from django.db import models

from refill.models.people import Account


class Warned(models.Model):
    """The lowest percent that the account was told of, since the refill whose entry is `seq`."""

    account = models.OneToOneField(Account, primary_key=True, on_delete=models.PROTECT, related_name="+")
    seq = models.BigIntegerField(default=0)
    percent = models.SmallIntegerField(null=True)
