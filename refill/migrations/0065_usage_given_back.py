"""A correction may give back one usage."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("refill", "0064_head_whole")]

    operations = [
        migrations.AddField(
            model_name="correction",
            name="usage_seq",
            field=models.BigIntegerField(null=True, help_text="the spend that is given back, by its first entry"),
        ),
    ]
