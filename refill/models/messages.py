"""Texts: who is texted, what was said, what it cost, and what is still to be done with it (RULES §7).

Words of people stand in `Message.body` and `Recipient.fields` alone, numbers in `Contact`: a purge knows where.
"""

from __future__ import annotations

from django.db import models

from refill.models.people import Account, Membership
from refill.models.places import Number


class Contact(models.Model):
    """Somebody who is texted, known by a number."""

    id = models.BigAutoField(primary_key=True)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="contacts", db_index=False)
    e164 = models.CharField(max_length=24)
    name = models.CharField(max_length=200, default="")
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint("account", "id", name="contact_in_account"),
            models.UniqueConstraint("account", "e164", name="contact_once"),
        ]


class OptOut(models.Model):
    """Somebody said STOP. None of the account's numbers texts them until they say START (RULES §7.4)."""

    id = models.BigAutoField(primary_key=True)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+", db_index=False)
    e164 = models.CharField(max_length=24)
    word = models.CharField(max_length=20)
    at = models.DateTimeField()
    lifted_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                "account", "e164", condition=models.Q(lifted_at__isnull=True), name="opted_out_once"
            )
        ]


class Conversation(models.Model):
    """What one of the account's numbers and a contact say to each other."""

    id = models.BigAutoField(primary_key=True)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="conversations", db_index=False)
    number = models.ForeignKey(Number, on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False)
    contact = models.ForeignKey(
        Contact, on_delete=models.PROTECT, related_name="conversations", db_constraint=False, db_index=False
    )
    created_at = models.DateTimeField()
    last_at = models.DateTimeField()
    unread = models.IntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint("account", "id", name="conversation_in_account"),
            models.UniqueConstraint("account", "number", "contact", name="conversation_once"),
            models.CheckConstraint(condition=models.Q(unread__gte=0), name="conversation_unread_not_negative"),
        ]
        indexes = [models.Index("account", "last_at", "id", name="conversation_newest")]


class Message(models.Model):
    """One text. `state` is what people and programs see; `step` what the worker does next, `next_at` when."""

    class State(models.TextChoices):
        ACCEPTED = "accepted"
        WAITING = "waiting"
        SENT = "sent"
        DELIVERED = "delivered"
        FAILED = "failed"
        RECEIVED = "received"

    class Step(models.TextChoices):
        NONE = ""
        SCHEDULED = "scheduled", "priced and held at its time"
        SHORT = "short", "waits for credits"
        QUEUED = "queued", "to be handed to the carrier"
        SENDING = "sending", "being handed over; asked about once its lease is over"
        UNKNOWN = "unknown", "asked about"
        NEWS = "news", "taken; the carrier is asked what became of it"
        HIDDEN = "hidden", "came in at zero; shown once there are credits"

    # What holds credits: neither taken nor given up.
    HOLDING = (Step.QUEUED, Step.SENDING, Step.UNKNOWN)
    # How the key of an answer begins that the carrier gave by itself, to STOP, START or HELP.
    BY_CARRIER = "answer_"

    id = models.BigAutoField(primary_key=True)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="texts", db_index=False)
    conversation = models.ForeignKey(
        Conversation, on_delete=models.PROTECT, related_name="texts", db_constraint=False, db_index=False
    )
    number = models.ForeignKey(Number, on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False)
    inbox_id = models.BigIntegerField(null=True, help_text="of the number, when it was made")
    member = models.ForeignKey(
        Membership, null=True, on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False
    )
    broadcast_id = models.BigIntegerField(null=True)
    direction = models.CharField(max_length=3, choices=[("in", "in"), ("out", "out")])
    state = models.CharField(max_length=9, choices=State.choices)
    step = models.CharField(max_length=9, choices=Step.choices, default=Step.NONE, blank=True)
    body = models.TextField(null=True, help_text="none once it is purged")
    media = models.JSONField(default=list)
    kind = models.CharField(max_length=4, choices=[("text", "text"), ("mms", "mms")])
    parts = models.IntegerField()
    credits = models.BigIntegerField(help_text="what it costs, as it was shown")
    charged = models.BigIntegerField(default=0, help_text="taken or owed for it, less what was given back")
    hold_id = models.BigIntegerField(null=True)
    entry_seq = models.BigIntegerField(null=True, help_text="the first entry that took its credits")
    key = models.CharField(max_length=255, null=True)
    fingerprint = models.BigIntegerField(null=True)
    provider_key = models.CharField(max_length=64, null=True, unique=True)
    reference = models.CharField(max_length=64, default="", help_text="the carrier's own id")
    code = models.CharField(max_length=32, default="", help_text="why it failed")
    carrier_parts = models.IntegerField(default=0, help_text="as the carrier counts them, where it says")
    created_at = models.DateTimeField()
    send_at = models.DateTimeField(null=True)
    wait_until = models.DateTimeField(null=True, help_text="short: sent by itself until then, after it on a word only")
    sent_at = models.DateTimeField(null=True, help_text="handed to the carrier")
    done_at = models.DateTimeField(null=True, help_text="delivered or failed")
    next_at = models.DateTimeField(null=True)
    asks = models.IntegerField(default=0)
    leased_until = models.DateTimeField(null=True, help_text="real time")
    fence = models.IntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint("account", "id", name="message_in_account"),
            models.UniqueConstraint("account", "key", condition=models.Q(key__isnull=False), name="message_key_once"),
            models.UniqueConstraint(
                "account",
                "reference",
                condition=models.Q(direction="in") & ~models.Q(reference=""),
                name="incoming_once",
            ),
            models.CheckConstraint(
                condition=models.Q(parts__gte=0, credits__gte=0, charged__gte=0, charged__lte=models.F("credits")),
                name="message_sane",
            ),
            models.CheckConstraint(
                condition=models.Q(direction="out", provider_key__isnull=False)
                | models.Q(direction="in", provider_key__isnull=True),
                name="message_sent_has_key",
            ),
        ]
        indexes = [
            models.Index("account", "conversation", "id", name="message_thread"),
            models.Index("next_at", name="message_due", condition=models.Q(next_at__isnull=False)),
            models.Index("account", name="message_short", condition=models.Q(step__in=["short", "hidden"])),
            models.Index("account", "broadcast_id", "state", "step", name="message_of_broadcast",
                         condition=models.Q(broadcast_id__isnull=False)),
            models.Index("reference", name="message_reference", condition=~models.Q(reference="")),
            models.Index("account", "hold_id", name="message_hold", condition=models.Q(hold_id__isnull=False)),
        ]  # fmt: skip
