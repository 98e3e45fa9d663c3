"""Help: threads between a user and the operators, by chat and by mail."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from refill.models.people import Account, User


class HelpThread(models.Model):
    """One conversation. It is the user's who began it; others of the account do not see it."""

    class Channel(models.TextChoices):
        CHAT = "chat"
        MAIL = "mail"

    class State(models.TextChoices):
        OPEN = "open"
        CLOSED = "closed"

    id = models.BigAutoField(primary_key=True)
    account = models.ForeignKey(Account, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", db_index=False)
    channel = models.CharField(max_length=4, choices=Channel.choices, help_text="where the user waits for the answer")
    state = models.CharField(max_length=6, choices=State.choices, default=State.OPEN)
    secret = models.CharField(max_length=40, unique=True, help_text="of the address that answers by mail come to")
    context = models.JSONField(default=list, help_text="pairs of words: what the user saw and let go along")
    unread_by_user = models.IntegerField(default=0)
    unread_by_office = models.IntegerField(default=0)
    waiting_since = models.DateTimeField(null=True, help_text="when the user's oldest unanswered message came")
    user_seen_at = models.DateTimeField(db_default=Now(), help_text="when the user last looked at it")
    created_at = models.DateTimeField(help_text="real time, as all of help")
    last_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index("user", "last_at", name="help_by_user"),
            models.Index("account", "last_at", name="help_by_account"),
            models.Index("waiting_since", name="help_waiting", condition=models.Q(waiting_since__isnull=False)),
            models.Index("user", name="help_unread", condition=models.Q(unread_by_user__gt=0)),
        ]


class HelpMessage(models.Model):
    """What somebody wrote. `once` makes a form sent twice one message; of a mail it is the message's own id."""

    class Author(models.TextChoices):
        USER = "user"
        OPERATOR = "operator"

    id = models.BigAutoField(primary_key=True)
    thread = models.ForeignKey(HelpThread, on_delete=models.PROTECT, related_name="messages", db_index=False)
    author = models.CharField(max_length=8, choices=Author.choices)
    user = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    sender = models.CharField(max_length=254, default="", help_text="of a mail: the address that it came from")
    body = models.CharField(max_length=5_000)
    once = models.CharField(max_length=255)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint("thread", "once", name="help_message_once")]
        indexes = [models.Index("thread", "id", name="help_message_in_order")]
