"""Final documents: billing details, the tax table, credit notes, refunds, disputes; what makes documents final (RULES §9.5)."""

import django.db.models.deletion
import django.db.models.expressions
from django.db import migrations, models

from refill.ledger.install import DOCUMENTS, function_text


# child table, columns, parent table: a row never points into another account.
REFERENCES = [
    ("refill_creditnote", "account_id, invoice_id", "refill_invoice"),
    ("refill_refund", "account_id, charge_id", "refill_charge"),
    ("refill_refund", "account_id, credit_note_id", "refill_creditnote"),
    ("refill_dispute", "account_id, charge_id", "refill_charge"),
    ("refill_dispute", "account_id, credit_note_id", "refill_creditnote"),
]
HASH_THOSE_THERE_ARE = """
alter table refill_invoice disable trigger document_kept;
update refill_invoice set hash = invoice_hash(refill_invoice);
alter table refill_invoice enable trigger document_kept
"""


def _composite(child, columns, parent):
    name = f"{child}_{columns.split(', ')[1]}_in_account"
    return f"alter table {child} add constraint {name} foreign key ({columns}) references {parent} (account_id, id)"


class Migration(migrations.Migration):

    dependencies = [
        ("refill", "0044_secret_answers"),
    ]

    operations = [
        migrations.CreateModel(
            name='BillingDetails',
            fields=[
                ('account', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='billing_details', serialize=False, to='refill.account')),
                ('name', models.CharField(default='', help_text="empty: the account's name", max_length=200)),
                ('line1', models.CharField(default='', max_length=200)),
                ('line2', models.CharField(default='', max_length=200)),
                ('postal_code', models.CharField(default='', max_length=32)),
                ('city', models.CharField(default='', max_length=100)),
                ('region', models.CharField(default='', max_length=100)),
                ('country', models.CharField(default='', help_text='ISO 3166 alpha-2 in capitals', max_length=2)),
                ('tax_id', models.CharField(default='', help_text='in its compact form, checked', max_length=32)),
                ('emails', models.JSONField(default=list, help_text='where invoices go, beyond Owners and Admins')),
                ('updated_at', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='CreditNote',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('number', models.BigIntegerField()),
                ('reason', models.CharField(help_text='customer, operator or dispute', max_length=16)),
                ('lines', models.JSONField()),
                ('tax_lines', models.JSONField(default=list)),
                ('subtotal_minor', models.BigIntegerField()),
                ('tax_minor', models.BigIntegerField()),
                ('total_minor', models.BigIntegerField()),
                ('currency', models.CharField(max_length=3)),
                ('buyer', models.JSONField(default=dict)),
                ('seller', models.JSONField(default=dict)),
                ('finalized_at', models.DateTimeField()),
                ('hash', models.BinaryField(default=b'', help_text='of all that never changes; the database computes it')),
            ],
        ),
        migrations.CreateModel(
            name='Dispute',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('reference', models.CharField(max_length=255, unique=True)),
                ('state', models.CharField(choices=[('open', 'Open'), ('won', 'Won'), ('lost', 'Lost')], default='open', max_length=4)),
                ('amount_minor', models.BigIntegerField()),
                ('currency', models.CharField(max_length=3)),
                ('fee_minor', models.BigIntegerField(default=0, help_text="what the provider keeps for it; the operator's cost")),
                ('grants', models.JSONField(help_text='[grant, credits taken back, credits owed] of each grant')),
                ('opened_at', models.DateTimeField()),
                ('closed_at', models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name='Refund',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('reason', models.CharField(choices=[('customer', 'Customer'), ('operator', 'Operator')], max_length=8)),
                ('amount_minor', models.BigIntegerField(help_text='with tax')),
                ('currency', models.CharField(max_length=3)),
                ('due_minor', models.BigIntegerField(help_text='all that the charge was to give back, this included')),
                ('grants', models.JSONField(help_text='[grant, credits taken back] of each grant')),
                ('note', models.CharField(default='', max_length=500)),
                ('actor', models.CharField(max_length=200)),
                ('created_at', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='TaxRate',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('country', models.CharField(max_length=2)),
                ('name', models.CharField(max_length=40)),
                ('rate_basis_points', models.IntegerField()),
                ('inclusive', models.BooleanField()),
                ('reverse_charge', models.BooleanField(help_text='a business with a tax id of this country owes it itself')),
                ('starts_at', models.DateTimeField()),
                ('mode', models.CharField(choices=[('live', 'Live'), ('test', 'Test'), ('both', 'Both')], default='both', max_length=4)),
                ('created_at', models.DateTimeField()),
                ('actor', models.CharField(max_length=200)),
            ],
        ),
        migrations.RemoveConstraint(
            model_name='charge',
            name='charge_positive',
        ),
        migrations.AddField(
            model_name='charge',
            name='disputed_minor',
            field=models.BigIntegerField(default=0, help_text="what the customer's bank has taken back"),
        ),
        migrations.AddField(
            model_name='charge',
            name='refund_try_at',
            field=models.DateTimeField(help_text='when the provider is asked again to give back', null=True),
        ),
        migrations.AddField(
            model_name='grant',
            name='debt',
            field=models.BigIntegerField(db_default=0, default=0, help_text='owed for it: its payment is disputed'),
        ),
        migrations.AddField(
            model_name='invoice',
            name='buyer',
            field=models.JSONField(default=dict, help_text='the billing details as they were'),
        ),
        migrations.AddField(
            model_name='invoice',
            name='hash',
            field=models.BinaryField(default=b'', help_text='of all that never changes; the database computes it'),
        ),
        migrations.AddField(
            model_name='invoice',
            name='seller',
            field=models.JSONField(default=dict, help_text='who sold, as settings said'),
        ),
        migrations.AddField(
            model_name='invoice',
            name='tax_lines',
            field=models.JSONField(default=list),
        ),
        migrations.AddField(
            model_name='order',
            name='tax_lines',
            field=models.JSONField(default=list),
        ),
        migrations.AddIndex(
            model_name='charge',
            index=models.Index(models.F('refund_try_at'), condition=models.Q(('refund_try_at__isnull', False)), name='charge_to_refund'),
        ),
        migrations.AddConstraint(
            model_name='charge',
            constraint=models.CheckConstraint(condition=models.Q(('amount_minor__gt', 0), ('refunded_minor__gte', 0), ('refunded_minor__lte', models.F('refund_due_minor')), ('disputed_minor__gte', 0), ('refund_due_minor__lte', django.db.models.expressions.CombinedExpression(models.F('amount_minor'), '-', models.F('disputed_minor')))), name='charge_positive'),
        ),
        migrations.AddField(
            model_name='creditnote',
            name='account',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='credit_notes', to='refill.account'),
        ),
        migrations.AddField(
            model_name='creditnote',
            name='invoice',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='credit_notes', to='refill.invoice'),
        ),
        migrations.AddField(
            model_name='creditnote',
            name='series',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='refill.invoiceseries'),
        ),
        migrations.AddField(
            model_name='dispute',
            name='account',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='disputes', to='refill.account'),
        ),
        migrations.AddField(
            model_name='dispute',
            name='charge',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='disputes', to='refill.charge'),
        ),
        migrations.AddField(
            model_name='dispute',
            name='credit_note',
            field=models.OneToOneField(db_constraint=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='dispute', to='refill.creditnote'),
        ),
        migrations.AddField(
            model_name='refund',
            name='account',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='refunds', to='refill.account'),
        ),
        migrations.AddField(
            model_name='refund',
            name='charge',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='refunds', to='refill.charge'),
        ),
        migrations.AddField(
            model_name='refund',
            name='credit_note',
            field=models.OneToOneField(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name='refund', to='refill.creditnote'),
        ),
        migrations.AddIndex(
            model_name='taxrate',
            index=models.Index(models.F('country'), models.F('starts_at'), name='tax_rate_by_country'),
        ),
        migrations.AddConstraint(
            model_name='taxrate',
            constraint=models.CheckConstraint(condition=models.Q(('rate_basis_points__gte', 0), ('rate_basis_points__lte', 10000)), name='tax_rate_bounded'),
        ),
        migrations.AddIndex(
            model_name='creditnote',
            index=models.Index(models.F('account'), models.F('invoice'), name='credit_note_by_invoice'),
        ),
        migrations.AddConstraint(
            model_name='creditnote',
            constraint=models.UniqueConstraint(models.F('account'), models.F('id'), name='credit_note_in_account'),
        ),
        migrations.AddConstraint(
            model_name='creditnote',
            constraint=models.UniqueConstraint(models.F('series'), models.F('number'), name='credit_note_number_once'),
        ),
        migrations.AddConstraint(
            model_name='creditnote',
            constraint=models.CheckConstraint(condition=models.Q(('total_minor', django.db.models.expressions.CombinedExpression(models.F('subtotal_minor'), '+', models.F('tax_minor'))), ('total_minor__gt', 0)), name='credit_note_adds_up'),
        ),
        migrations.AddIndex(
            model_name='dispute',
            index=models.Index(models.F('account'), models.F('charge'), name='dispute_by_charge'),
        ),
        migrations.AddConstraint(
            model_name='dispute',
            constraint=models.UniqueConstraint(models.F('account'), models.F('id'), name='dispute_in_account'),
        ),
        migrations.AddConstraint(
            model_name='dispute',
            constraint=models.UniqueConstraint(models.F('charge'), condition=models.Q(('state', 'open')), name='one_open_dispute'),
        ),
        migrations.AddConstraint(
            model_name='dispute',
            constraint=models.CheckConstraint(condition=models.Q(('amount_minor__gt', 0), ('fee_minor__gte', 0)), name='dispute_positive'),
        ),
        migrations.AddIndex(
            model_name='refund',
            index=models.Index(models.F('account'), models.F('charge'), name='refund_by_charge'),
        ),
        migrations.AddConstraint(
            model_name='refund',
            constraint=models.UniqueConstraint(models.F('account'), models.F('id'), name='refund_in_account'),
        ),
        migrations.AddConstraint(
            model_name='refund',
            constraint=models.UniqueConstraint(models.F('charge'), models.F('due_minor'), name='refund_step_once'),
        ),
        migrations.AddConstraint(
            model_name='refund',
            constraint=models.CheckConstraint(condition=models.Q(('amount_minor__gt', 0)), name='refund_positive'),
        ),
        *[migrations.RunSQL(_composite(*reference), migrations.RunSQL.noop) for reference in REFERENCES],
        migrations.RunSQL(DOCUMENTS.read_text(encoding="utf-8"), migrations.RunSQL.noop),
        migrations.RunSQL(HASH_THOSE_THERE_ARE, migrations.RunSQL.noop),
        *[
            migrations.RunSQL(function_text(name), migrations.RunSQL.noop)
            for name in ("04_expire.sql", "15_dispute.sql")
        ],
    ]
