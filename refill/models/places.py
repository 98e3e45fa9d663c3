"""Where texts come in and go out: inboxes, who works in them, and phone numbers (RULES §8).

What is removed stays for 30 days, so that it can be taken back; then it is purged, and its number given back.
"""

from __future__ import annotations

from django.db import models

from refill.models.billing import Order
from refill.models.people import Account, Membership


class Inbox(models.Model):
    """A shared inbox has members; a personal one is of one member alone."""

    class Kind(models.TextChoices):
        SHARED = "shared"
        PERSONAL = "personal"

    id = models.BigAutoField(primary_key=True)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="inboxes", db_index=False)
    kind = models.CharField(max_length=8, choices=Kind.choices, default=Kind.SHARED)
    name = models.CharField(max_length=200)
    member = models.ForeignKey(
        Membership, null=True, on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False,
        help_text="whose it is, where it is personal",
    )  # fmt: skip
    created_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True)
    purge_at = models.DateTimeField(null=True, help_text="until then its removal can be undone")
    purged_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint("account", "id", name="inbox_in_account"),
            models.CheckConstraint(
                condition=models.Q(kind="personal", member__isnull=False)
                | models.Q(kind="shared", member__isnull=True),
                name="inbox_personal_of_one",
            ),
            models.CheckConstraint(
                condition=models.Q(removed_at__isnull=True, purge_at__isnull=True)
                | models.Q(removed_at__isnull=False, purge_at__isnull=False),
                name="inbox_removed_until",
            ),
        ]
        indexes = [
            models.Index(
                "purge_at", name="inbox_to_purge", condition=models.Q(removed_at__isnull=False, purged_at=None)
            )
        ]


class InboxMember(models.Model):
    """A member works in a shared inbox."""

    id = models.BigAutoField(primary_key=True)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+", db_index=False)
    inbox = models.ForeignKey(
        Inbox, on_delete=models.PROTECT, related_name="members", db_constraint=False, db_index=False
    )
    member = models.ForeignKey(
        Membership, on_delete=models.PROTECT, related_name="inboxes", db_constraint=False, db_index=False
    )
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint("account", "inbox", "member", name="inbox_member_once")]
        indexes = [models.Index("account", "member", name="inbox_member_by_member")]


class Number(models.Model):
    """A phone number. `bought_at` is none while the carrier has not confirmed it: no text goes through it yet.

    It is bought in three phases: a row with the key for the carrier, the call, the outcome. `order` paid for it.
    """

    class Kind(models.TextChoices):
        LOCAL = "local"
        TOLL_FREE = "toll_free"

    id = models.BigAutoField(primary_key=True)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="numbers", db_index=False)
    inbox = models.ForeignKey(
        Inbox, null=True, on_delete=models.PROTECT, related_name="numbers", db_constraint=False, db_index=False
    )
    kind = models.CharField(max_length=9, choices=Kind.choices)
    e164 = models.CharField(max_length=16)
    name = models.CharField(max_length=200, default="", help_text="what people call it")
    carrier = models.CharField(max_length=16, default="")
    reference = models.CharField(max_length=64, default="", help_text="the carrier's own id")
    order = models.ForeignKey(
        Order, null=True, on_delete=models.PROTECT, related_name="numbers", db_constraint=False, db_index=False
    )
    carrier_key = models.CharField(max_length=64, null=True, unique=True, help_text="under which the carrier is asked")
    asks = models.IntegerField(default=0, db_default=0, help_text="how often, without an answer")
    next_ask_at = models.DateTimeField(null=True, help_text="when the carrier is asked; the account's time")
    leased_until = models.DateTimeField(null=True, help_text="real time")
    fence = models.IntegerField(default=0, db_default=0)
    created_at = models.DateTimeField()
    bought_at = models.DateTimeField(null=True)
    removed_at = models.DateTimeField(null=True)
    purge_at = models.DateTimeField(null=True, help_text="until then its deletion can be undone")
    released_at = models.DateTimeField(null=True, help_text="given back to the carrier, or never had from it")

    class Meta:
        constraints = [
            models.UniqueConstraint("account", "id", name="number_in_account"),
            models.UniqueConstraint("e164", condition=models.Q(released_at__isnull=True), name="number_once"),
            models.CheckConstraint(condition=models.Q(e164__regex=r"^\+[1-9][0-9]{3,14}$"), name="number_e164"),
            models.CheckConstraint(
                condition=models.Q(removed_at__isnull=True, purge_at__isnull=True)
                | models.Q(removed_at__isnull=False, purge_at__isnull=False),
                name="number_removed_until",
            ),
        ]
        indexes = [
            models.Index("account", "inbox", name="number_by_inbox"),
            models.Index(
                "purge_at",
                name="number_to_purge",
                condition=models.Q(removed_at__isnull=False, released_at__isnull=True),
            ),
            models.Index("next_ask_at", name="number_to_ask", condition=models.Q(next_ask_at__isnull=False)),
        ]
