"""What a broadcast was priced by, and which of its texts are made."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("refill", "0050_card_providers")]

    operations = [
        migrations.AddField(
            model_name='broadcast',
            name='made_at',
            field=models.DateTimeField(help_text='every recipient has a text', null=True),
        ),
        migrations.AddField(
            model_name='broadcast',
            name='policy_id',
            field=models.BigIntegerField(help_text='the policy that its recipients were priced by', null=True),
        ),
        migrations.AddField(
            model_name='recipient',
            name='is_made',
            field=models.BooleanField(default=False, help_text='its text stands among the messages'),
        ),
        migrations.AlterField(
            model_name='message',
            name='step',
            field=models.CharField(blank=True, choices=[('', 'None'), ('scheduled', 'priced and held at its time'), ('short', 'waits for credits'), ('queued', 'to be handed to the carrier'), ('sending', 'being handed over; asked about once its lease is over'), ('unknown', 'asked about'), ('news', 'taken; the carrier is asked what became of it'), ('hidden', 'came in at zero; shown once there are credits')], default='', max_length=9),
        ),
        migrations.AlterField(
            model_name='recipient',
            name='problem',
            field=models.CharField(blank=True, choices=[('', 'None'), ('invalid', 'Invalid'), ('duplicate', 'Duplicate'), ('opted_out', 'Opted Out'), ('fields', 'Fields'), ('too_long', 'Too Long'), ('empty', 'Empty'), ('canceled', 'Canceled')], default='', max_length=9),
        ),
        migrations.AddIndex(
            model_name='recipient',
            index=models.Index(models.F('account'), models.F('broadcast'), models.F('line'), condition=models.Q(('is_made', False), ('problem', '')), name='recipient_to_make'),
        ),
    ]
