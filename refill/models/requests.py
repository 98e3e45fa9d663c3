"""The request log: what was asked of the API and how it answered, kept for 30 days."""

from __future__ import annotations

from django.db import models


class ApiRequest(models.Model):
    """One call; or, for hot calls that went well, how many there were of them in one stretch of a process.

    Written off the path, in bunches. No foreign keys, so that writing it locks nobody's rows.
    """

    id = models.BigAutoField(primary_key=True)
    account_id = models.BigIntegerField(null=True)
    key_id = models.BigIntegerField(null=True)
    at = models.DateTimeField(help_text="real time; of the last call where there are several")
    method = models.CharField(max_length=7)
    path = models.CharField(max_length=200)
    status = models.SmallIntegerField()
    code = models.CharField(max_length=40, default="")
    milliseconds = models.IntegerField(help_text="of the slowest where there are several")
    calls = models.IntegerField(default=1)
    request_id = models.CharField(max_length=64, default="")
    sent = models.JSONField(null=True, help_text="the body, redacted")
    answered = models.JSONField(null=True, help_text="the answer, redacted")

    class Meta:
        indexes = [
            models.Index("account_id", "id", name="request_by_account"),
            models.Index("at", name="request_age"),
        ]
