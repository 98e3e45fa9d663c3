"""A request says in its deed's own transaction what it made."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("refill", "0072_corrected_by_index")]

    operations = [
        migrations.AddField(
            "answer",
            "made",
            models.BigIntegerField(help_text="what its deed made, written in the deed's own transaction", null=True),
        ),
    ]
