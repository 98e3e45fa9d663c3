"""Batches draw first and look keys up where one is known; the numbering of parts needs no second pass."""

from django.db import migrations

from refill.ledger.install import function_text


class Migration(migrations.Migration):

    dependencies = [("refill", "0066_fewer_indexes")]

    operations = [
        migrations.RunSQL(function_text("13_batch.sql"), migrations.RunSQL.noop),
        migrations.RunSQL(function_text("15_texts.sql"), migrations.RunSQL.noop),
        migrations.RunSQL("drop function if exists ledger_all_new(bigint, text[])", migrations.RunSQL.noop),
    ]
