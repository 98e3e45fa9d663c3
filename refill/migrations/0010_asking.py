"""Requests of members to those who may."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("refill", "0002_ledger")]
    operations = [
        migrations.CreateModel(
            name="Asking",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "kind",
                    models.CharField(
                        choices=[("credits", "Credits"), ("plan", "Plan"), ("role", "Role"), ("change", "Change")],
                        max_length=8,
                    ),
                ),
                ("right", models.CharField(default="", help_text="the right that was missing", max_length=32)),
                ("role", models.CharField(default="", help_text="the role that is asked for", max_length=8)),
                ("note", models.CharField(default="", max_length=500)),
                (
                    "state",
                    models.CharField(
                        choices=[("open", "Open"), ("granted", "Granted"), ("declined", "Declined")],
                        default="open",
                        max_length=8,
                    ),
                ),
                ("asked_at", models.DateTimeField(help_text="real time")),
                ("answered_at", models.DateTimeField(null=True)),
                ("answered_by", models.CharField(default="", max_length=200)),
                (
                    "account",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="askings",
                        to="refill.account",
                    ),
                ),
                (
                    "member",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="refill.membership",
                    ),
                ),
            ],
        ),
        migrations.AddIndex(
            model_name="asking",
            index=models.Index("account", "member", "asked_at", name="asking_by_member"),
        ),
        migrations.AddConstraint(
            model_name="asking",
            constraint=models.UniqueConstraint("account", "id", name="asking_in_account"),
        ),
        migrations.AddConstraint(
            model_name="asking",
            constraint=models.UniqueConstraint(
                "account", "member", "kind", condition=models.Q(("state", "open")), name="one_open_asking"
            ),
        ),
        migrations.RunSQL(
            "alter table refill_asking add constraint refill_asking_member_in_account"
            " foreign key (account_id, member_id) references refill_membership (account_id, id)",
            migrations.RunSQL.noop,
        ),
    ]
