"""Announced price changes (RULES §4.9)."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("refill", "0010_asking")]
    operations = [
        migrations.CreateModel(
            name="PriceChange",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "effective_on",
                    models.DateField(help_text="the local date in the account's zone", null=True),
                ),
                ("effective_at", models.DateTimeField(null=True)),
                ("announced_at", models.DateTimeField()),
                ("actor", models.CharField(max_length=200)),
                (
                    "from_price",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="refill.price"
                    ),
                ),
                (
                    "to_price",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="refill.price"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("effective_on__isnull", True), ("effective_at__isnull", True), _connector="XOR"
                        ),
                        name="price_change_dated_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("from_price", models.F("to_price")), _negated=True),
                        name="price_change_changes",
                    ),
                ],
            },
        ),
    ]
