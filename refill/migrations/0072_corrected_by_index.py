"""What corrects an entry is found by an index; a period that begins has its own grace; accounts take turns in being
sealed; a count that nobody read is gone."""

from django.db import migrations, models

from refill.ledger.install import function_text


class Migration(migrations.Migration):

    dependencies = [("refill", "0071_granted_is_net")]

    operations = [
        migrations.AddIndex(
            "entry",
            models.Index(
                "account", "corrects_seq", name="entry_corrects", condition=models.Q(corrects_seq__isnull=False)
            ),
        ),
        migrations.AlterField(
            "dispute",
            "grants",
            models.JSONField(help_text="what was taken and owed of each grant, and what restoring it needs"),
        ),
        migrations.RunSQL(function_text("05_settle.sql"), migrations.RunSQL.noop),
        migrations.RunSQL(function_text("12_seal.sql"), migrations.RunSQL.noop),
        migrations.RemoveConstraint("addon", "add_on_not_negative"),
        migrations.RemoveField("addon", "paid_quantity"),
        migrations.AddConstraint(
            "addon",
            models.CheckConstraint(
                condition=models.Q(quantity__gte=0, quantity_at_renewal__gte=0), name="add_on_not_negative"
            ),
        ),
    ]
