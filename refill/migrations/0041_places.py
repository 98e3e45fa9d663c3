"""Inboxes, who works in them, and phone numbers; none of them in two accounts."""

import django.db.models.deletion
from django.db import migrations, models


REFERENCES = [
    ("refill_inbox", "member_id", "refill_membership"),
    ("refill_inboxmember", "inbox_id", "refill_inbox"),
    ("refill_inboxmember", "member_id", "refill_membership"),
    ("refill_number", "inbox_id", "refill_inbox"),
]


def _composite(child: str, column: str, parent: str) -> str:
    return (
        f"alter table {child} add constraint {child}_{column}_in_account"
        f" foreign key (account_id, {column}) references {parent} (account_id, id)"
    )


class Migration(migrations.Migration):
    dependencies = [
        ("refill", "0040_advance_made_up"),
    ]

    operations = [
        migrations.CreateModel(
            name="Inbox",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "kind",
                    models.CharField(
                        choices=[("shared", "Shared"), ("personal", "Personal")], default="shared", max_length=8
                    ),
                ),
                ("name", models.CharField(max_length=200)),
                ("created_at", models.DateTimeField()),
                ("removed_at", models.DateTimeField(null=True)),
                ("purge_at", models.DateTimeField(help_text="until then its removal can be undone", null=True)),
                ("purged_at", models.DateTimeField(null=True)),
                (
                    "account",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="inboxes",
                        to="refill.account",
                    ),
                ),
                (
                    "member",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        help_text="whose it is, where it is personal",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="refill.membership",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="InboxMember",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("created_at", models.DateTimeField()),
                (
                    "account",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="refill.account",
                    ),
                ),
                (
                    "inbox",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="members",
                        to="refill.inbox",
                    ),
                ),
                (
                    "member",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="inboxes",
                        to="refill.membership",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Number",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("kind", models.CharField(choices=[("local", "Local"), ("toll_free", "Toll Free")], max_length=9)),
                ("e164", models.CharField(max_length=16)),
                ("name", models.CharField(default="", help_text="what people call it", max_length=200)),
                ("carrier", models.CharField(default="", max_length=16)),
                ("reference", models.CharField(default="", help_text="the carrier's own id", max_length=64)),
                ("created_at", models.DateTimeField()),
                ("bought_at", models.DateTimeField(null=True)),
                ("removed_at", models.DateTimeField(null=True)),
                ("purge_at", models.DateTimeField(help_text="until then its deletion can be undone", null=True)),
                (
                    "released_at",
                    models.DateTimeField(help_text="given back to the carrier, or never had from it", null=True),
                ),
                (
                    "account",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="numbers",
                        to="refill.account",
                    ),
                ),
                (
                    "inbox",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="numbers",
                        to="refill.inbox",
                    ),
                ),
            ],
        ),
        migrations.AddIndex(
            model_name="inbox",
            index=models.Index(
                models.F("purge_at"),
                condition=models.Q(("purged_at", None), ("removed_at__isnull", False)),
                name="inbox_to_purge",
            ),
        ),
        migrations.AddConstraint(
            model_name="inbox",
            constraint=models.UniqueConstraint(models.F("account"), models.F("id"), name="inbox_in_account"),
        ),
        migrations.AddConstraint(
            model_name="inbox",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("kind", "personal"), ("member__isnull", False)),
                    models.Q(("kind", "shared"), ("member__isnull", True)),
                    _connector="OR",
                ),
                name="inbox_personal_of_one",
            ),
        ),
        migrations.AddConstraint(
            model_name="inbox",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("purge_at__isnull", True), ("removed_at__isnull", True)),
                    models.Q(("purge_at__isnull", False), ("removed_at__isnull", False)),
                    _connector="OR",
                ),
                name="inbox_removed_until",
            ),
        ),
        migrations.AddIndex(
            model_name="inboxmember",
            index=models.Index(models.F("account"), models.F("member"), name="inbox_member_by_member"),
        ),
        migrations.AddConstraint(
            model_name="inboxmember",
            constraint=models.UniqueConstraint(
                models.F("account"), models.F("inbox"), models.F("member"), name="inbox_member_once"
            ),
        ),
        migrations.AddIndex(
            model_name="number",
            index=models.Index(models.F("account"), models.F("inbox"), name="number_by_inbox"),
        ),
        migrations.AddIndex(
            model_name="number",
            index=models.Index(
                models.F("purge_at"),
                condition=models.Q(("released_at__isnull", True), ("removed_at__isnull", False)),
                name="number_to_purge",
            ),
        ),
        migrations.AddConstraint(
            model_name="number",
            constraint=models.UniqueConstraint(models.F("account"), models.F("id"), name="number_in_account"),
        ),
        migrations.AddConstraint(
            model_name="number",
            constraint=models.UniqueConstraint(
                models.F("e164"), condition=models.Q(("released_at__isnull", True)), name="number_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="number",
            constraint=models.CheckConstraint(
                condition=models.Q(("e164__regex", "^\\+[1-9][0-9]{3,14}$")), name="number_e164"
            ),
        ),
        migrations.AddConstraint(
            model_name="number",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("purge_at__isnull", True), ("removed_at__isnull", True)),
                    models.Q(("purge_at__isnull", False), ("removed_at__isnull", False)),
                    _connector="OR",
                ),
                name="number_removed_until",
            ),
        ),
        *[migrations.RunSQL(_composite(*reference), migrations.RunSQL.noop) for reference in REFERENCES],
    ]
