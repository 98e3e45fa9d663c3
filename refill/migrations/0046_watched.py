"""A spend answers with what the account watches for: no look of its own at the balance."""

from django.db import migrations

from refill.ledger.install import function_text

# What a function gives back cannot be changed in place. On a new database it is right from the start.
OLD = """
drop function if exists ledger_spend(bigint, bigint, text, bigint, text, text, bigint, bigint, bigint, bigint, int, jsonb, boolean);
drop function if exists ledger_spend_locked(bigint, boolean, refill_entry)
"""


class Migration(migrations.Migration):
    dependencies = [("refill", "0045_documents")]
    operations = [
        migrations.RunSQL(OLD, migrations.RunSQL.noop),
        migrations.RunSQL(function_text("07_spend.sql"), migrations.RunSQL.noop),
    ]
