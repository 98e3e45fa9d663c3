"""What carriers told by themselves: verified, stored, answered; the worker does what follows (RULES §9.3)."""

from __future__ import annotations

from django.db import models


class CarrierEvent(models.Model):
    """A receipt, or a text that came in. `said` is emptied once it is done: words stand in messages alone."""

    class State(models.TextChoices):
        STORED = "stored"
        DONE = "done"
        UNMATCHED = "unmatched"
        FAILED = "failed"

    id = models.BigAutoField(primary_key=True)
    carrier = models.CharField(max_length=16)
    event_id = models.CharField(max_length=140, help_text="the carrier's id of the text, and what it says of it")
    kind = models.CharField(max_length=8, choices=[("receipt", "receipt"), ("incoming", "incoming")])
    said = models.JSONField(default=dict)
    state = models.CharField(max_length=9, choices=State.choices, default=State.STORED)
    received_at = models.DateTimeField(help_text="real time, like the others")
    try_at = models.DateTimeField(null=True)
    tries = models.IntegerField(default=0)
    leased_until = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint("carrier", "event_id", name="carrier_event_once")]
        indexes = [
            models.Index("try_at", name="carrier_event_due", condition=models.Q(try_at__isnull=False)),
            models.Index("received_at", name="carrier_event_age"),
        ]
