"""The credit ledger's tables. Only the SQL functions of refill/ledger/sql write them (RULES §2)."""

from __future__ import annotations

from django.db import models

from refill.models.people import Account, TestClock


class Source(models.TextChoices):
    """Where a grant came from, in burn order (RULES §2.2); recharge ranks as purchase."""

    ALLOWANCE = "allowance"
    PROMOTION = "promotion"
    ADJUSTMENT = "adjustment"
    PURCHASE = "purchase"
    RECHARGE = "recharge"


class EntryKind(models.TextChoices):
    GRANT = "grant"
    SPEND = "spend"
    HOLD = "hold"
    RELEASE = "release"
    CAPTURE = "capture"
    EXPIRE = "expire"
    REVOKE = "revoke"
    REVERSE = "reverse"
    OWE = "owe"
    SETTLE = "settle"


class Balance(models.Model):
    """The kept totals of one account, its lock, and the head grant that ordinary spends draw from.

    `head_left` is the truth for the head grant, which had `head_whole` when it was chosen: its own row, and the totals
    by source, are written when the head moves on (SQL ledger_as_it_is). Nothing is below zero and the sums agree: held
    by the domain credits_left and by a trigger (sql/11_immutable.sql), which cost a fifth of a CHECK.
    """

    account = models.OneToOneField(Account, primary_key=True, on_delete=models.PROTECT, related_name="balance")
    test_clock = models.ForeignKey(TestClock, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    livemode = models.BooleanField(default=False, help_text="the account's mode, so that a spend need not ask for it")
    seq = models.BigIntegerField(default=0)
    entry_at = models.DateTimeField()
    available = models.BigIntegerField(default=0)
    allowance_left = models.BigIntegerField(default=0)
    promotion_left = models.BigIntegerField(default=0)
    adjustment_left = models.BigIntegerField(default=0)
    purchased_left = models.BigIntegerField(default=0)
    held = models.BigIntegerField(default=0)
    owed = models.BigIntegerField(default=0)
    allowance_granted = models.BigIntegerField(default=0)
    resets_at = models.DateTimeField(null=True)
    head_grant = models.BigIntegerField(null=True)
    head_source = models.CharField(max_length=10, null=True)
    head_whole = models.BigIntegerField(default=0)
    head_left = models.BigIntegerField(default=0)
    next_due_at = models.DateTimeField(null=True, help_text="soonest start or end of a grant, hold or period")
    watch_below = models.BigIntegerField(null=True)
    closed = models.CharField(max_length=10, null=True, help_text="why nothing may be spent: suspended, canceled")
    sealed_seq = models.BigIntegerField(default=0)

    class Meta:
        indexes = [models.Index("next_due_at", name="balance_due")]


class Grant(models.Model):
    """One lot of credits. amount = remaining + held + spent + expired + revoked, each never negative."""

    id = models.BigAutoField(primary_key=True)
    # Account, subscription and period are looked up by a trigger, for all grants of a statement (sql/17_belonging.sql).
    account = models.ForeignKey(
        Account, on_delete=models.PROTECT, related_name="grants", db_index=False, db_constraint=False
    )
    source = models.CharField(max_length=10, choices=Source.choices)
    rank = models.SmallIntegerField(help_text="burn order among grants that end together")
    amount = models.BigIntegerField()
    remaining = models.BigIntegerField()
    held = models.BigIntegerField(default=0)
    spent = models.BigIntegerField(default=0)
    expired = models.BigIntegerField(default=0)
    revoked = models.BigIntegerField(default=0)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True)
    started = models.BooleanField(default=False, help_text="its grant entry is written")
    is_open = models.BooleanField(default=False, help_text="started, not ended, something left to draw")
    recalled = models.BooleanField(default=False, help_text="what returns to it is revoked: unpaid, refunded, disputed")
    debt = models.BigIntegerField(default=0, db_default=0, help_text="owed for it: its payment is disputed")
    subscription_id = models.BigIntegerField(null=True)
    period_id = models.BigIntegerField(null=True)
    cause = models.CharField(max_length=32, default="")
    order_id = models.BigIntegerField(null=True, help_text="the order that paid for it")
    reason = models.CharField(max_length=500, default="")
    actor = models.CharField(max_length=200, default="")
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint("account", "id", name="grant_in_account"),
            models.UniqueConstraint(
                "account", "period_id", "cause", condition=models.Q(source="allowance"), name="one_allowance"
            ),
            models.UniqueConstraint(
                "account",
                "order_id",
                condition=models.Q(source__in=["purchase", "recharge"]),
                name="one_grant_a_payment",
            ),
            models.CheckConstraint(
                condition=models.Q(
                    amount=models.F("remaining")
                    + models.F("held")
                    + models.F("spent")
                    + models.F("expired")
                    + models.F("revoked")
                )
                & models.Q(amount__gt=0, remaining__gte=0, held__gte=0, spent__gte=0, expired__gte=0, revoked__gte=0),
                name="grant_adds_up",
            ),
            models.CheckConstraint(
                condition=models.Q(ends_at__isnull=True) | models.Q(ends_at__gte=models.F("starts_at")),
                name="grant_half_open",
            ),
        ]
        indexes = [
            models.Index(
                "account", "ends_at", "rank", "starts_at", "id", name="grant_burn", condition=models.Q(is_open=True)
            ),
            models.Index("account", "starts_at", name="grant_pending", condition=models.Q(started=False)),
            models.Index("account", "ends_at", name="grant_holding", condition=models.Q(held__gt=0)),
        ]


class Entry(models.Model):
    """One immutable, signed movement of one grant. Σ credits of an account = available.

    `balance_after` is never below zero: its type in the database is the domain credits_left.
    """

    pk = models.CompositePrimaryKey("account_id", "seq")
    # No foreign keys: each would lock and read another row on every spend. The functions are the only writers.
    account = models.ForeignKey(
        Account, on_delete=models.PROTECT, related_name="entries", db_index=False, db_constraint=False
    )
    seq = models.BigIntegerField()
    at = models.DateTimeField()
    kind = models.CharField(max_length=8, choices=EntryKind.choices)
    credits = models.BigIntegerField(help_text="change of available")
    balance_after = models.BigIntegerField()
    held = models.BigIntegerField(null=True, help_text="change of held, where it is not 0")
    owed = models.BigIntegerField(null=True, help_text="change of owed, where it is not 0")
    grant_id = models.BigIntegerField(null=True)
    first_seq = models.BigIntegerField(null=True, help_text="first entry of the same movement, on later ones")
    corrects_seq = models.BigIntegerField(null=True)
    hold_id = models.BigIntegerField(null=True)
    key = models.CharField(max_length=255, null=True)
    fingerprint = models.BigIntegerField(null=True)
    usage_kind = models.CharField(max_length=16, null=True)
    reference = models.CharField(max_length=255, null=True)
    member_id = models.BigIntegerField(null=True)
    inbox_id = models.BigIntegerField(null=True)
    number_id = models.BigIntegerField(null=True)
    message_id = models.BigIntegerField(null=True)
    parts = models.IntegerField(null=True)
    metadata = models.JSONField(null=True)
    reason = models.CharField(max_length=500, null=True)
    actor = models.CharField(max_length=200, null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint("account", "key", condition=models.Q(key__isnull=False), name="entry_key_once"),
        ]
        indexes = [
            models.Index(
                "account", "corrects_seq", name="entry_corrects", condition=models.Q(corrects_seq__isnull=False)
            )
        ]


class Hold(models.Model):
    """Credits set aside; captured, released or expired exactly once."""

    id = models.BigAutoField(primary_key=True)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="holds", db_index=False)
    credits = models.BigIntegerField()
    captured = models.BigIntegerField(default=0)
    state = models.CharField(max_length=8, default="open")
    expires_at = models.DateTimeField(null=True)
    reference = models.CharField(max_length=255, null=True)
    message_id = models.BigIntegerField(null=True)
    broadcast_id = models.BigIntegerField(null=True, help_text="set aside for all its texts; captured text by text")
    created_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint("account", "id", name="hold_in_account"),
            models.CheckConstraint(
                condition=models.Q(credits__gt=0, captured__gte=0, captured__lte=models.F("credits"))
                & models.Q(state__in=["open", "captured", "released", "expired"]),
                name="hold_sane",
            ),
        ]
        indexes = [models.Index("account", "expires_at", name="hold_expiry", condition=models.Q(state="open"))]


class HoldPart(models.Model):
    """How much of a hold stands in which grant."""

    pk = models.CompositePrimaryKey("account_id", "hold_id", "grant_id")
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+", db_index=False)
    hold_id = models.BigIntegerField()
    grant_id = models.BigIntegerField()
    seq = models.BigIntegerField(help_text="the entry that held it; parts are captured in this order")
    credits = models.BigIntegerField(help_text="still held")

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(credits__gte=0), name="hold_part_not_negative")]
        indexes = [models.Index("account", "grant_id", name="hold_part_grant")]


class Crossing(models.Model):
    """A debit took the balance below what the account watches; somebody must look."""

    id = models.BigAutoField(primary_key=True)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+", db_index=False)
    at = models.DateTimeField()
    available = models.BigIntegerField()
    watched = models.BigIntegerField()
    required = models.BigIntegerField(null=True, help_text="set when a refused debit asked for more")
    handled_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index("account", name="crossing_open", condition=models.Q(handled_at__isnull=True))]


class Block(models.Model):
    """A sealed run of one account's entries; its hash covers them and the block before."""

    id = models.BigIntegerField(primary_key=True)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+", db_index=False)
    first_seq = models.BigIntegerField()
    last_seq = models.BigIntegerField()
    previous_hash = models.BinaryField()
    hash = models.BinaryField()
    sealed_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint("account", "first_seq", name="block_once")]
