"""The outbox of mails."""

import django.core.serializers.json
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('refill', '0042_sandbox_carrier'),
    ]

    operations = [
        migrations.CreateModel(
            name='Mail',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('kind', models.CharField(max_length=48)),
                ('to', models.CharField(max_length=254)),
                ('why', models.CharField(choices=[('owner', 'Owner'), ('admin', 'Admin'), ('billing', 'Billing'), ('named', 'Named')], max_length=8)),
                ('facts', models.JSONField(encoder=django.core.serializers.json.DjangoJSONEncoder)),
                ('once', models.CharField(help_text='what it tells, so that it is told to an address once', max_length=200)),
                ('at', models.DateTimeField(help_text="the account's instant of what it tells")),
                ('posted_at', models.DateTimeField(help_text='real time, like the following')),
                ('send_at', models.DateTimeField(help_text='tried from then on; none: sent or given up', null=True)),
                ('tries', models.IntegerField(default=0)),
                ('sent_at', models.DateTimeField(null=True)),
                ('fault', models.CharField(default='', help_text='why the last try failed', max_length=500)),
                ('account', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='mails', to='refill.account')),
            ],
            options={
                'indexes': [models.Index(models.F('send_at'), condition=models.Q(('send_at__isnull', False)), name='mail_to_send'), models.Index(models.F('account'), models.F('id'), name='mail_by_account')],
                'constraints': [models.UniqueConstraint(models.F('once'), models.F('to'), name='mail_once')],
            },
        ),
    ]
