"""Webhooks out, with deliveries made by a trigger on events; the request log."""

import django.db.models.deletion
from django.db import migrations, models

from refill.ledger.install import function_text

IN_ACCOUNT = (
    "alter table refill_delivery add constraint refill_delivery_endpoint_in_account"
    " foreign key (account_id, endpoint_id) references refill_webhookendpoint (account_id, id)"
)


class Migration(migrations.Migration):

    dependencies = [("refill", "0048_texts")]

    operations = [
        migrations.CreateModel(
            name='ApiRequest',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('account_id', models.BigIntegerField(null=True)),
                ('key_id', models.BigIntegerField(null=True)),
                ('at', models.DateTimeField(help_text='real time; of the last call where there are several')),
                ('method', models.CharField(max_length=7)),
                ('path', models.CharField(max_length=200)),
                ('status', models.SmallIntegerField()),
                ('code', models.CharField(default='', max_length=40)),
                ('milliseconds', models.IntegerField(help_text='of the slowest where there are several')),
                ('calls', models.IntegerField(default=1)),
                ('request_id', models.CharField(default='', max_length=64)),
                ('sent', models.JSONField(help_text='the body, redacted', null=True)),
                ('answered', models.JSONField(help_text='the answer, redacted', null=True)),
            ],
            options={
                'indexes': [models.Index(models.F('account_id'), models.F('id'), name='request_by_account'), models.Index(models.F('at'), name='request_age')],
            },
        ),
        migrations.CreateModel(
            name='Delivery',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('state', models.CharField(choices=[('pending', 'Pending'), ('delivered', 'Delivered'), ('failed', 'Failed'), ('dropped', 'Dropped')], default='pending', max_length=9)),
                ('tries', models.SmallIntegerField(default=0)),
                ('created_at', models.DateTimeField()),
                ('due_at', models.DateTimeField()),
                ('leased_until', models.DateTimeField(null=True)),
                ('fence', models.BigIntegerField(default=0)),
                ('ended_at', models.DateTimeField(null=True)),
                ('account', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='refill.account')),
                ('event', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='refill.event')),
            ],
        ),
        migrations.CreateModel(
            name='DeliveryTry',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('at', models.DateTimeField()),
                ('status', models.SmallIntegerField(null=True)),
                ('words', models.CharField(default='', help_text='the beginning of the answer, or what went wrong', max_length=1000)),
                ('milliseconds', models.IntegerField()),
                ('delivery', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='attempts', to='refill.delivery')),
            ],
        ),
        migrations.CreateModel(
            name='WebhookEndpoint',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('url', models.CharField(max_length=2000)),
                ('description', models.CharField(default='', max_length=200)),
                ('kinds', models.JSONField(help_text='kinds of events, families as in credits.*, or *')),
                ('secret', models.BinaryField()),
                ('old_secret', models.BinaryField(null=True)),
                ('old_secret_until', models.DateTimeField(help_text='until then deliveries bear both signatures', null=True)),
                ('state', models.CharField(choices=[('enabled', 'Enabled'), ('disabled', 'Disabled')], default='enabled', max_length=8)),
                ('reason', models.CharField(default='', help_text='why it is disabled: gone, failing, or by a person', max_length=8)),
                ('created_at', models.DateTimeField()),
                ('deleted_at', models.DateTimeField(null=True)),
                ('failures', models.IntegerField(default=0, help_text='in a row')),
                ('failing_since', models.DateTimeField(null=True)),
                ('paused_until', models.DateTimeField(help_text='left alone until then, whatever is due', null=True)),
                ('served_at', models.DateTimeField(null=True)),
                ('account', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='webhook_endpoints', to='refill.account')),
            ],
        ),
        migrations.AddField(
            model_name='delivery',
            name='endpoint',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='deliveries', to='refill.webhookendpoint'),
        ),
        migrations.AddIndex(
            model_name='webhookendpoint',
            index=models.Index(models.F('id'), condition=models.Q(('state', 'enabled')), name='webhook_enabled'),
        ),
        migrations.AddConstraint(
            model_name='webhookendpoint',
            constraint=models.UniqueConstraint(models.F('account'), models.F('id'), name='webhook_endpoint_in_account'),
        ),
        migrations.AddIndex(
            model_name='delivery',
            index=models.Index(models.F('endpoint'), models.F('due_at'), condition=models.Q(('state', 'pending')), name='delivery_due'),
        ),
        migrations.AddIndex(
            model_name='delivery',
            index=models.Index(models.F('account'), models.F('id'), name='delivery_by_account'),
        ),
        migrations.AddConstraint(
            model_name='delivery',
            constraint=models.UniqueConstraint(models.F('endpoint'), models.F('event'), name='delivery_once'),
        ),
        migrations.RunSQL(IN_ACCOUNT, migrations.RunSQL.noop),
        migrations.RunSQL(function_text("20_deliveries.sql"), migrations.RunSQL.noop),
    ]
