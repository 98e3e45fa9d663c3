"""When a card's bank last renewed it: what the old date had failed for good may be tried again."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("refill", "0060_carrier_events")]

    operations = [
        migrations.AddField(
            model_name='paymentmethod',
            name='renewed_at',
            field=models.DateTimeField(help_text='when the bank last gave it another number or date', null=True),
        ),
    ]
