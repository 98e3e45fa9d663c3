"""How much of what an unpaid advance gave is accounted for: a small plan makes up for a large one in several steps."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("refill", "0030_recharge")]
    operations = [
        migrations.AddField(
            model_name="period",
            name="advance_made_up",
            field=models.BigIntegerField(db_default=0, default=0, help_text="credits of it accounted for so far"),
        ),
    ]
