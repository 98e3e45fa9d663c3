"""Auto-recharge: what was agreed to, decisions, one open recharge an account; debits below what is watched (RULES §5)."""

import django.db.models.deletion
from django.db import migrations, models

from refill.ledger.install import function_text


class Migration(migrations.Migration):
    dependencies = [("refill", "0020_price_changes")]
    operations = [
        migrations.CreateModel(
            name="Recharge",
            fields=[
                (
                    "account",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name="recharge",
                        serialize=False, to="refill.account",
                    ),
                ),
                ("enabled", models.BooleanField(default=False)),
                ("threshold", models.BigIntegerField()),
                (
                    "pack",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="refill.pack"
                    ),
                ),
                ("max_per_day", models.IntegerField()),
                ("max_per_month_minor", models.BigIntegerField(help_text="with tax")),
                ("consent", models.CharField(default="", help_text="the exact sentence agreed to", max_length=500)),
                ("consent_by", models.CharField(default="", max_length=200)),
                ("consent_at", models.DateTimeField(null=True)),
                (
                    "broken",
                    models.JSONField(
                        default=list, help_text="cards that are not tried until a person or a new card comes"
                    ),
                ),
                (
                    "look_at",
                    models.DateTimeField(help_text="when the balance is looked at though nothing is debited", null=True),
                ),
                ("look_cause", models.CharField(default="", max_length=16)),
                (
                    "reason",
                    models.CharField(
                        default="", help_text="of the last decision, while below the threshold", max_length=24
                    ),
                ),
                ("reason_until", models.DateTimeField(null=True)),
                ("told", models.JSONField(default=list, help_text="caps that people were told of, each once")),
            ],
            options={
                "indexes": [
                    models.Index(
                        models.F("look_at"),
                        condition=models.Q(("look_at__isnull", False)),
                        name="recharge_to_look",
                    )
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("max_per_day__gt", 0), ("max_per_month_minor__gt", 0), ("threshold__gt", 0)),
                        name="recharge_bounded",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("enabled", False),
                            models.Q(("consent_at__isnull", False), models.Q(("consent", ""), _negated=True)),
                            _connector="OR",
                        ),
                        name="recharge_needs_consent",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="RechargeDecision",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "account",
                    models.ForeignKey(
                        db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+",
                        to="refill.account",
                    ),
                ),
                ("at", models.DateTimeField()),
                ("reason", models.CharField(max_length=24)),
                (
                    "cause",
                    models.CharField(help_text="what made us look: spend, hold, refused, saved, settled, …", max_length=16),
                ),
                ("entry_seq", models.BigIntegerField(help_text="the debit that was the cause", null=True)),
                ("available", models.BigIntegerField()),
                ("threshold", models.BigIntegerField()),
                ("required", models.BigIntegerField(null=True)),
                ("gap", models.BigIntegerField()),
                ("packs", models.BigIntegerField()),
                ("amount_minor", models.BigIntegerField(help_text="what closing the gap costs, with tax")),
                ("currency", models.CharField(max_length=3)),
                ("order_id", models.BigIntegerField(null=True)),
                ("until", models.DateTimeField(help_text="when a cap ends, or a try follows", null=True)),
            ],
            options={
                "indexes": [models.Index(models.F("account"), models.F("id"), name="recharge_decision_by_account")],
            },
        ),
        migrations.AddConstraint(
            model_name="order",
            constraint=models.UniqueConstraint(
                models.F("account"),
                condition=models.Q(
                    ("kind", "recharge"),
                    models.Q(
                        ("status__in", ["processing", "needs_action"]),
                        models.Q(("next_try_at__isnull", False), ("status", "declined")),
                        _connector="OR",
                    ),
                ),
                name="one_open_recharge",
            ),
        ),
        migrations.RunSQL(
            "alter table refill_rechargedecision add constraint refill_rechargedecision_order_in_account"
            " foreign key (account_id, order_id) references refill_order (account_id, id)",
            migrations.RunSQL.noop,
        ),
        *[
            migrations.RunSQL(function_text(name), migrations.RunSQL.noop)
            for name in ("07_spend.sql", "13_batch.sql")
        ],
    ]
