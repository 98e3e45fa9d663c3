"""What carriers told by themselves, stored before it is done."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("refill", "0059_warnings")]

    operations = [
        migrations.CreateModel(
            name='CarrierEvent',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('carrier', models.CharField(max_length=16)),
                ('event_id', models.CharField(help_text="the carrier's id of the text, and what it says of it", max_length=140)),
                ('kind', models.CharField(choices=[('receipt', 'receipt'), ('incoming', 'incoming')], max_length=8)),
                ('said', models.JSONField(default=dict)),
                ('state', models.CharField(choices=[('stored', 'Stored'), ('done', 'Done'), ('unmatched', 'Unmatched'), ('failed', 'Failed')], default='stored', max_length=9)),
                ('received_at', models.DateTimeField(help_text='real time, like the others')),
                ('try_at', models.DateTimeField(null=True)),
                ('tries', models.IntegerField(default=0)),
                ('leased_until', models.DateTimeField(null=True)),
            ],
            options={
                'indexes': [models.Index(models.F('try_at'), condition=models.Q(('try_at__isnull', False)), name='carrier_event_due'), models.Index(models.F('received_at'), name='carrier_event_age')],
                'constraints': [models.UniqueConstraint(models.F('carrier'), models.F('event_id'), name='carrier_event_once')],
            },
        ),
    ]
