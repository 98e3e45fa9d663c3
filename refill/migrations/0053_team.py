"""Invitations, the offer of ownership, how numbers are bought; an account with an Owner keeps one, whatever happens."""

import django.db.models.deletion
import django.db.models.functions.text
from django.db import migrations, models


REFERENCES = [
    ("refill_invitation", "inviter_id", "refill_membership"),
    ("refill_invitation", "member_id", "refill_membership"),
    ("refill_ownershipoffer", "owner_id", "refill_membership"),
    ("refill_ownershipoffer", "member_id", "refill_membership"),
    ("refill_number", "order_id", "refill_order"),
]
# Looked at when the transaction ends, so that ownership can be handed over within it.
KEEPS_OWNER = """
create function membership_keeps_owner() returns trigger language plpgsql set search_path = public, pg_temp as $$
begin
  if not exists (select from refill_membership m
                  where m.account_id = old.account_id and m.role = 'owner' and m.removed_at is null) then
    raise exception 'an account has one Owner, always' using errcode = 'check_violation';
  end if;
  return null;
end $$;
create constraint trigger membership_keeps_owner after update or delete on refill_membership
  deferrable initially deferred for each row when (old.role = 'owner' and old.removed_at is null)
  execute function membership_keeps_owner()
"""


def _composite(child: str, column: str, parent: str) -> str:
    return (
        f"alter table {child} add constraint {child}_{column}_in_account"
        f" foreign key (account_id, {column}) references {parent} (account_id, id)"
    )


class Migration(migrations.Migration):
    dependencies = [
        ("refill", "0052_allowance_events"),
    ]

    operations = [
        migrations.CreateModel(
            name="Invitation",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("email", models.EmailField(max_length=254)),
                (
                    "role",
                    models.CharField(
                        choices=[
                            ("observer", "Observer"),
                            ("member", "Member"),
                            ("manager", "Manager"),
                            ("admin", "Admin"),
                            ("owner", "Owner"),
                        ],
                        max_length=8,
                    ),
                ),
                (
                    "inboxes",
                    models.JSONField(default=list, help_text="ids of the shared inboxes that they will work in"),
                ),
                ("version", models.IntegerField(default=1)),
                ("invited_by", models.CharField(max_length=200)),
                ("created_at", models.DateTimeField()),
                ("sent_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                ("accepted_at", models.DateTimeField(null=True)),
                ("revoked_at", models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="OwnershipOffer",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("open", "Open"),
                            ("accepted", "Accepted"),
                            ("declined", "Declined"),
                            ("withdrawn", "Withdrawn"),
                        ],
                        default="open",
                        max_length=9,
                    ),
                ),
                ("offered_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                ("answered_at", models.DateTimeField(null=True)),
            ],
        ),
        migrations.AddField(
            model_name="number",
            name="asks",
            field=models.IntegerField(db_default=0, default=0, help_text="how often, without an answer"),
        ),
        migrations.AddField(
            model_name="number",
            name="carrier_key",
            field=models.CharField(help_text="under which the carrier is asked", max_length=64, null=True, unique=True),
        ),
        migrations.AddField(
            model_name="number",
            name="fence",
            field=models.IntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name="number",
            name="leased_until",
            field=models.DateTimeField(help_text="real time", null=True),
        ),
        migrations.AddField(
            model_name="number",
            name="next_ask_at",
            field=models.DateTimeField(help_text="when the carrier is asked; the account's time", null=True),
        ),
        migrations.AddField(
            model_name="number",
            name="order",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="numbers",
                to="refill.order",
            ),
        ),
        migrations.AddIndex(
            model_name="number",
            index=models.Index(
                models.F("next_ask_at"), condition=models.Q(("next_ask_at__isnull", False)), name="number_to_ask"
            ),
        ),
        migrations.AddField(
            model_name="invitation",
            name="account",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="invitations",
                to="refill.account",
            ),
        ),
        migrations.AddField(
            model_name="invitation",
            name="inviter",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                help_text="none where an API key or the operator invited",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="refill.membership",
            ),
        ),
        migrations.AddField(
            model_name="invitation",
            name="member",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                help_text="who they became",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="refill.membership",
            ),
        ),
        migrations.AddField(
            model_name="ownershipoffer",
            name="account",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="refill.account"
            ),
        ),
        migrations.AddField(
            model_name="ownershipoffer",
            name="member",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="refill.membership",
            ),
        ),
        migrations.AddField(
            model_name="ownershipoffer",
            name="owner",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="refill.membership",
            ),
        ),
        migrations.AddIndex(
            model_name="invitation",
            index=models.Index(
                django.db.models.functions.text.Lower("email"),
                condition=models.Q(("accepted_at__isnull", True), ("revoked_at__isnull", True)),
                name="invitation_by_email",
            ),
        ),
        migrations.AddConstraint(
            model_name="invitation",
            constraint=models.UniqueConstraint(models.F("account"), models.F("id"), name="invitation_in_account"),
        ),
        migrations.AddConstraint(
            model_name="invitation",
            constraint=models.UniqueConstraint(
                models.F("account"),
                django.db.models.functions.text.Lower("email"),
                condition=models.Q(("accepted_at__isnull", True), ("revoked_at__isnull", True)),
                name="one_open_invitation",
            ),
        ),
        migrations.AddConstraint(
            model_name="invitation",
            constraint=models.CheckConstraint(
                condition=models.Q(("role", "owner"), _negated=True), name="nobody_is_invited_as_owner"
            ),
        ),
        migrations.AddConstraint(
            model_name="ownershipoffer",
            constraint=models.UniqueConstraint(
                models.F("account"), condition=models.Q(("state", "open")), name="one_open_ownership_offer"
            ),
        ),
        *[migrations.RunSQL(_composite(*reference), migrations.RunSQL.noop) for reference in REFERENCES],
        migrations.RunSQL(KEEPS_OWNER, migrations.RunSQL.noop),
    ]
