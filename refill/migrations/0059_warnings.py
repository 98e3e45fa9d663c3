"""Warnings of credits that run out, of cards that expire, of a year's charge; an announced price can be taken back."""

import django.db.models.deletion
from django.db import migrations, models


from refill.ledger.install import function_text

# What is left is looked at with each account's next debit; then what it watches is exact.
ARM = """
update refill_balance set watch_below = 9223372036854775807 where available > 0;
update refill_period p set notice_at = p.ends_at - interval '30 days' from refill_price x
 where x.id = p.price_id and x.interval = 'year' and x.amount_minor > 0 and p.state in ('current', 'upcoming');
"""


class Migration(migrations.Migration):

    dependencies = [
        ('refill', '0058_together'),
    ]

    operations = [
        migrations.CreateModel(
            name='Warned',
            fields=[
                ('account', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='+', serialize=False, to='refill.account')),
                ('seq', models.BigIntegerField(default=0)),
                ('percent', models.SmallIntegerField(null=True)),
            ],
        ),
        migrations.AddField(
            model_name='paymentmethod',
            name='expires_at',
            field=models.GeneratedField(db_persist=True, expression=models.Func('exp_year', 'exp_month', function='make_timestamp', template="((%(function)s(%(expressions)s, 1, 0, 0, 0) + interval '1 month') at time zone 'UTC')"), output_field=models.DateTimeField()),
        ),
        migrations.AddField(
            model_name='paymentmethod',
            name='expiry_told_at',
            field=models.DateTimeField(help_text='when people were told that it expires', null=True),
        ),
        migrations.AddField(
            model_name='period',
            name='notice_at',
            field=models.DateTimeField(help_text='when people are told what comes with its end; none: told', null=True),
        ),
        migrations.AddField(
            model_name='pricechange',
            name='withdrawn_at',
            field=models.DateTimeField(help_text='taken back before it counted for anyone', null=True),
        ),
        migrations.AlterField(
            model_name='pricechange',
            name='from_price',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='refill.price'),
        ),
        migrations.AddIndex(
            model_name='paymentmethod',
            index=models.Index(models.F('expires_at'), condition=models.Q(('expiry_told_at__isnull', True), ('removed_at__isnull', True), models.Q(('is_default', True), ('is_recharge', True), ('is_backup', True), _connector='OR')), name='card_to_tell'),
        ),
        migrations.AddIndex(
            model_name='period',
            index=models.Index(models.F('notice_at'), condition=models.Q(('notice_at__isnull', False)), name='period_to_tell'),
        ),
        migrations.AddConstraint(
            model_name='pricechange',
            constraint=models.UniqueConstraint(models.F('from_price'), condition=models.Q(('withdrawn_at__isnull', True)), name='price_change_announced_once'),
        ),
        *(migrations.RunSQL(function_text(name), migrations.RunSQL.noop)
          for name in ("03_start.sql", "07_spend.sql", "14_renew.sql")),
        migrations.RunSQL(ARM, migrations.RunSQL.noop),
    ]
