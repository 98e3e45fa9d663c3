"""What is sold and by which rules, as versions: rows are added or withdrawn, never edited (RULES §4.9)."""

from __future__ import annotations

from django.db import models


class Mode(models.TextChoices):
    """Live and test data never mix; the default catalogue belongs to both."""

    LIVE = "live"
    TEST = "test"
    BOTH = "both"


class Plan(models.Model):
    """A tier of the offer, with named features and limits (RULES §4.10)."""

    id = models.BigAutoField(primary_key=True)
    code = models.SlugField(max_length=64)
    name = models.CharField(max_length=200)
    rank = models.IntegerField()
    features = models.JSONField(default=list)
    limits = models.JSONField(default=dict)
    mode = models.CharField(max_length=4, choices=Mode.choices, default=Mode.BOTH)
    created_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                "code", "mode", condition=models.Q(withdrawn_at__isnull=True), name="plan_code_once"
            )
        ]


class Price(models.Model):
    """One step of a plan: what a period costs and holds. Never edited; withdrawn for newcomers only."""

    class Interval(models.TextChoices):
        MONTH = "month"
        YEAR = "year"

    id = models.BigAutoField(primary_key=True)
    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="prices")
    interval = models.CharField(max_length=5, choices=Interval.choices)
    credits = models.BigIntegerField(help_text="credits for each period")
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    mode = models.CharField(max_length=4, choices=Mode.choices, default=Mode.BOTH)
    created_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(credits__gte=0, amount_minor__gte=0), name="price_not_negative")
        ]


class Pack(models.Model):
    """Credits bought once, that roll over until used (RULES §5.1)."""

    id = models.BigAutoField(primary_key=True)
    credits = models.BigIntegerField()
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    mode = models.CharField(max_length=4, choices=Mode.choices, default=Mode.BOTH)
    created_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(credits__gt=0, amount_minor__gt=0), name="pack_positive")
        ]


class PolicyVersion(models.Model):
    """All policy values at once; a period keeps the version in force when it began."""

    id = models.BigAutoField(primary_key=True)
    values = models.JSONField()
    created_at = models.DateTimeField()
    actor = models.CharField(max_length=200)
