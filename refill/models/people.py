"""Logins, customer accounts and who belongs to which (RULES §1, §8)."""

from __future__ import annotations

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone

from refill.domain.roles import Role

ROLES = [(role.value, role.value.capitalize()) for role in Role]


class TestClock(models.Model):
    """A clock that test accounts live by; never goes back. Running ones keep pace with real time."""

    id = models.BigAutoField(primary_key=True)
    instant = models.DateTimeField()
    running = models.BooleanField(default=False)
    set_at = models.DateTimeField(help_text="the real instant at which `instant` was set")
    advancing_until = models.DateTimeField(null=True, help_text="real end of the lease of whoever advances it")


class UserManager(BaseUserManager["User"]):
    """Makes logins; Django's own authentication asks for these two names."""

    def create_user(self, email: str, password: str | None = None, **facts: object) -> User:
        user = self.model(email=self.normalize_email(email).lower(), **facts)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **facts: object) -> User:
        return self.create_user(email, password, is_staff=True, is_superuser=True, **facts)


class User(AbstractBaseUser, PermissionsMixin):
    """A login. `is_staff` opens the operator's office; it says nothing about any account."""

    id = models.BigAutoField(primary_key=True)
    email = models.EmailField(max_length=254)
    name = models.CharField(max_length=200)
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField(default=False)
    date_joined = models.DateTimeField(default=timezone.now)

    objects = UserManager()
    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["name"]

    class Meta:
        constraints = [models.UniqueConstraint(Lower("email"), name="user_email_once")]


class Account(models.Model):
    """The paying customer. Its `Balance` row is the lock of everything that changes money or plan."""

    class Status(models.TextChoices):
        ACTIVE = "active"
        INCOMPLETE = "incomplete"
        PAST_DUE = "past_due"
        SUSPENDED = "suspended"
        CANCELED = "canceled"
        PURGED = "purged"

    id = models.BigAutoField(primary_key=True)
    name = models.CharField(max_length=200)
    timezone = models.CharField(max_length=64)
    timezone_changed_period = models.BigIntegerField(null=True, help_text="the period in which it last changed")
    currency = models.CharField(max_length=3)
    livemode = models.BooleanField(default=False)
    test_clock = models.ForeignKey(TestClock, null=True, on_delete=models.PROTECT, related_name="accounts")
    status = models.CharField(max_length=12, choices=Status.choices, default=Status.ACTIVE)
    created_at = models.DateTimeField()
    trial_used_at = models.DateTimeField(null=True)
    free_allowance_at = models.DateTimeField(null=True, help_text="last zero-price allowance, at most one a month")
    canceled_at = models.DateTimeField(null=True)
    purge_at = models.DateTimeField(null=True)
    purge_told = models.SmallIntegerField(default=0, db_default=0, help_text="how many notices of the purge went out")

    class Meta:
        indexes = [models.Index("purge_at", name="account_purge", condition=models.Q(purge_at__isnull=False))]


class Membership(models.Model):
    """A user's place in an account. One Owner an account, always."""

    id = models.BigAutoField(primary_key=True)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="memberships")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="memberships")
    role = models.CharField(max_length=8, choices=ROLES)
    created_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint("account", "id", name="membership_in_account"),
            models.UniqueConstraint("account", "user", condition=models.Q(removed_at__isnull=True), name="member_once"),
            models.UniqueConstraint(
                "account", condition=models.Q(role="owner", removed_at__isnull=True), name="one_owner"
            ),
        ]
