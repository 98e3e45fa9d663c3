"""Invitations to an account, and the offer of its ownership (RULES §8). Both run out in real time, like sign-ins."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Lower

from refill.models.people import ROLES, Account, Membership

OPEN = models.Q(accepted_at__isnull=True, revoked_at__isnull=True)


class Invitation(models.Model):
    """One person asked to join. Its link names `version`: a new one makes older links worthless."""

    id = models.BigAutoField(primary_key=True)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="invitations", db_index=False)
    email = models.EmailField(max_length=254)
    role = models.CharField(max_length=8, choices=ROLES)
    inboxes = models.JSONField(default=list, help_text="ids of the shared inboxes that they will work in")
    version = models.IntegerField(default=1)
    inviter = models.ForeignKey(
        Membership, null=True, on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False,
        help_text="none where an API key or the operator invited",
    )  # fmt: skip
    invited_by = models.CharField(max_length=200)
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)
    member = models.ForeignKey(
        Membership, null=True, on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False,
        help_text="who they became",
    )  # fmt: skip

    class Meta:
        constraints = [
            models.UniqueConstraint("account", "id", name="invitation_in_account"),
            models.UniqueConstraint("account", Lower("email"), condition=OPEN, name="one_open_invitation"),
            models.CheckConstraint(condition=~models.Q(role="owner"), name="nobody_is_invited_as_owner"),
        ]
        indexes = [models.Index(Lower("email"), name="invitation_by_email", condition=OPEN)]


class OwnershipOffer(models.Model):
    """The Owner offers ownership to a member, who accepts or does not. At most one is open."""

    class State(models.TextChoices):
        OPEN = "open"
        ACCEPTED = "accepted"
        DECLINED = "declined"
        WITHDRAWN = "withdrawn"

    id = models.BigAutoField(primary_key=True)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+", db_index=False)
    owner = models.ForeignKey(
        Membership, on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False
    )
    member = models.ForeignKey(
        Membership, on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False
    )
    state = models.CharField(max_length=9, choices=State.choices, default=State.OPEN)
    offered_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint("account", condition=models.Q(state="open"), name="one_open_ownership_offer"),
        ]
