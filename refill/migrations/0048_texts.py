"""Texts, whom they go to, broadcasts; holds that are captured text by text; none of them in two accounts."""

import django.db.models.deletion
from django.db import migrations, models

from refill.ledger.install import function_text

REFERENCES = [
    ("refill_conversation", "number_id", "refill_number"),
    ("refill_conversation", "contact_id", "refill_contact"),
    ("refill_message", "conversation_id", "refill_conversation"),
    ("refill_message", "number_id", "refill_number"),
    ("refill_message", "inbox_id", "refill_inbox"),
    ("refill_message", "member_id", "refill_membership"),
    ("refill_message", "broadcast_id", "refill_broadcast"),
    ("refill_message", "hold_id", "refill_hold"),
    ("refill_broadcast", "number_id", "refill_number"),
    ("refill_broadcast", "member_id", "refill_membership"),
    ("refill_broadcast", "hold_id", "refill_hold"),
    ("refill_recipient", "broadcast_id", "refill_broadcast"),
    ("refill_hold", "broadcast_id", "refill_broadcast"),
]


def _composite(child: str, column: str, parent: str) -> str:
    return (
        f"alter table {child} add constraint {child}_{column}_in_account"
        f" foreign key (account_id, {column}) references {parent} (account_id, id)"
    )



class Migration(migrations.Migration):

    dependencies = [("refill", "0047_help_and_desk")]

    operations = [
        migrations.AddField(
            model_name='hold',
            name='broadcast_id',
            field=models.BigIntegerField(help_text='set aside for all its texts; captured text by text', null=True),
        ),
        migrations.CreateModel(
            name='Broadcast',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('name', models.CharField(max_length=200)),
                ('actor', models.CharField(default='', max_length=200)),
                ('body', models.TextField(help_text='with merge fields; none once it is purged', null=True)),
                ('media', models.JSONField(default=list)),
                ('pace', models.IntegerField(help_text='texts a minute')),
                ('state', models.CharField(choices=[('draft', 'Draft'), ('sending', 'Sending'), ('done', 'Done'), ('canceled', 'Canceled')], default='draft', max_length=8)),
                ('texts', models.IntegerField(default=0, help_text='how many are sent')),
                ('credits', models.BigIntegerField(default=0, help_text='what was held for all of them')),
                ('hold_id', models.BigIntegerField(null=True)),
                ('created_at', models.DateTimeField()),
                ('started_at', models.DateTimeField(null=True)),
                ('finished_at', models.DateTimeField(null=True)),
                ('account', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='broadcasts', to='refill.account')),
                ('member', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='refill.membership')),
                ('number', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='refill.number')),
            ],
        ),
        migrations.CreateModel(
            name='Contact',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('e164', models.CharField(max_length=24)),
                ('name', models.CharField(default='', max_length=200)),
                ('created_at', models.DateTimeField()),
                ('account', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='contacts', to='refill.account')),
            ],
        ),
        migrations.CreateModel(
            name='Conversation',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField()),
                ('last_at', models.DateTimeField()),
                ('unread', models.IntegerField(default=0)),
                ('account', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='conversations', to='refill.account')),
                ('contact', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='conversations', to='refill.contact')),
                ('number', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='refill.number')),
            ],
        ),
        migrations.CreateModel(
            name='Message',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('inbox_id', models.BigIntegerField(help_text='of the number, when it was made', null=True)),
                ('broadcast_id', models.BigIntegerField(null=True)),
                ('direction', models.CharField(choices=[('in', 'in'), ('out', 'out')], max_length=3)),
                ('state', models.CharField(choices=[('accepted', 'Accepted'), ('waiting', 'Waiting'), ('sent', 'Sent'), ('delivered', 'Delivered'), ('failed', 'Failed'), ('received', 'Received')], max_length=9)),
                ('step', models.CharField(blank=True, choices=[('', 'None'), ('scheduled', 'priced and held at its time'), ('short', 'waits for credits'), ('queued', 'to be handed to the carrier'), ('sending', 'being handed over; after its lease: asked about'), ('unknown', 'asked about'), ('news', 'taken; the carrier is asked what became of it'), ('hidden', 'came in at zero; shown once there are credits')], default='', max_length=9)),
                ('body', models.TextField(help_text='none once it is purged', null=True)),
                ('media', models.JSONField(default=list)),
                ('kind', models.CharField(choices=[('text', 'text'), ('mms', 'mms')], max_length=4)),
                ('parts', models.IntegerField()),
                ('credits', models.BigIntegerField(help_text='what it costs, as it was shown')),
                ('charged', models.BigIntegerField(default=0, help_text='taken or owed for it, less what was given back')),
                ('hold_id', models.BigIntegerField(null=True)),
                ('entry_seq', models.BigIntegerField(help_text='the first entry that took its credits', null=True)),
                ('key', models.CharField(max_length=255, null=True)),
                ('fingerprint', models.BigIntegerField(null=True)),
                ('provider_key', models.CharField(max_length=64, null=True, unique=True)),
                ('reference', models.CharField(default='', help_text="the carrier's own id", max_length=64)),
                ('code', models.CharField(default='', help_text='why it failed', max_length=32)),
                ('carrier_parts', models.IntegerField(default=0, help_text='as the carrier counts them, where it says')),
                ('created_at', models.DateTimeField()),
                ('send_at', models.DateTimeField(null=True)),
                ('wait_until', models.DateTimeField(help_text='short: sent by itself until then, after it on a word only', null=True)),
                ('sent_at', models.DateTimeField(help_text='handed to the carrier', null=True)),
                ('done_at', models.DateTimeField(help_text='delivered or failed', null=True)),
                ('next_at', models.DateTimeField(null=True)),
                ('asks', models.IntegerField(default=0)),
                ('leased_until', models.DateTimeField(help_text='real time', null=True)),
                ('fence', models.IntegerField(default=0)),
                ('account', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='texts', to='refill.account')),
                ('conversation', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='texts', to='refill.conversation')),
                ('member', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='refill.membership')),
                ('number', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='refill.number')),
            ],
        ),
        migrations.CreateModel(
            name='OptOut',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('e164', models.CharField(max_length=24)),
                ('word', models.CharField(max_length=20)),
                ('at', models.DateTimeField()),
                ('lifted_at', models.DateTimeField(null=True)),
                ('account', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='refill.account')),
            ],
        ),
        migrations.CreateModel(
            name='Recipient',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('line', models.IntegerField()),
                ('written', models.CharField(help_text='the number as it stood in the list', max_length=64)),
                ('e164', models.CharField(default='', max_length=24)),
                ('fields', models.JSONField(default=dict)),
                ('problem', models.CharField(blank=True, choices=[('', 'None'), ('invalid', 'Invalid'), ('duplicate', 'Duplicate'), ('opted_out', 'Opted Out'), ('fields', 'Fields'), ('too_long', 'Too Long'), ('empty', 'Empty')], default='', max_length=9)),
                ('parts', models.IntegerField(default=0)),
                ('credits', models.IntegerField(default=0)),
                ('account', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='refill.account')),
                ('broadcast', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='recipients', to='refill.broadcast')),
            ],
        ),
        migrations.AddConstraint(
            model_name='broadcast',
            constraint=models.UniqueConstraint(models.F('account'), models.F('id'), name='broadcast_in_account'),
        ),
        migrations.AddConstraint(
            model_name='broadcast',
            constraint=models.CheckConstraint(condition=models.Q(('credits__gte', 0), ('pace__gte', 1), ('texts__gte', 0)), name='broadcast_sane'),
        ),
        migrations.AddConstraint(
            model_name='contact',
            constraint=models.UniqueConstraint(models.F('account'), models.F('id'), name='contact_in_account'),
        ),
        migrations.AddConstraint(
            model_name='contact',
            constraint=models.UniqueConstraint(models.F('account'), models.F('e164'), name='contact_once'),
        ),
        migrations.AddIndex(
            model_name='conversation',
            index=models.Index(models.F('account'), models.F('last_at'), models.F('id'), name='conversation_newest'),
        ),
        migrations.AddConstraint(
            model_name='conversation',
            constraint=models.UniqueConstraint(models.F('account'), models.F('id'), name='conversation_in_account'),
        ),
        migrations.AddConstraint(
            model_name='conversation',
            constraint=models.UniqueConstraint(models.F('account'), models.F('number'), models.F('contact'), name='conversation_once'),
        ),
        migrations.AddConstraint(
            model_name='conversation',
            constraint=models.CheckConstraint(condition=models.Q(('unread__gte', 0)), name='conversation_unread_not_negative'),
        ),
        migrations.AddIndex(
            model_name='message',
            index=models.Index(models.F('account'), models.F('conversation'), models.F('id'), name='message_thread'),
        ),
        migrations.AddIndex(
            model_name='message',
            index=models.Index(models.F('next_at'), condition=models.Q(('next_at__isnull', False)), name='message_due'),
        ),
        migrations.AddIndex(
            model_name='message',
            index=models.Index(models.F('account'), condition=models.Q(('step__in', ['short', 'hidden'])), name='message_short'),
        ),
        migrations.AddIndex(
            model_name='message',
            index=models.Index(models.F('account'), models.F('broadcast_id'), models.F('state'), models.F('step'), condition=models.Q(('broadcast_id__isnull', False)), name='message_of_broadcast'),
        ),
        migrations.AddIndex(
            model_name='message',
            index=models.Index(models.F('reference'), condition=models.Q(('reference', ''), _negated=True), name='message_reference'),
        ),
        migrations.AddIndex(
            model_name='message',
            index=models.Index(models.F('account'), models.F('hold_id'), condition=models.Q(('hold_id__isnull', False)), name='message_hold'),
        ),
        migrations.AddConstraint(
            model_name='message',
            constraint=models.UniqueConstraint(models.F('account'), models.F('id'), name='message_in_account'),
        ),
        migrations.AddConstraint(
            model_name='message',
            constraint=models.UniqueConstraint(models.F('account'), models.F('key'), condition=models.Q(('key__isnull', False)), name='message_key_once'),
        ),
        migrations.AddConstraint(
            model_name='message',
            constraint=models.UniqueConstraint(models.F('account'), models.F('reference'), condition=models.Q(('direction', 'in'), models.Q(('reference', ''), _negated=True)), name='incoming_once'),
        ),
        migrations.AddConstraint(
            model_name='message',
            constraint=models.CheckConstraint(condition=models.Q(('charged__gte', 0), ('charged__lte', models.F('credits')), ('credits__gte', 0), ('parts__gte', 0)), name='message_sane'),
        ),
        migrations.AddConstraint(
            model_name='message',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('direction', 'out'), ('provider_key__isnull', False)), models.Q(('direction', 'in'), ('provider_key__isnull', True)), _connector='OR'), name='message_sent_has_key'),
        ),
        migrations.AddConstraint(
            model_name='optout',
            constraint=models.UniqueConstraint(models.F('account'), models.F('e164'), condition=models.Q(('lifted_at__isnull', True)), name='opted_out_once'),
        ),
        migrations.AddConstraint(
            model_name='recipient',
            constraint=models.UniqueConstraint(models.F('account'), models.F('broadcast'), models.F('line'), name='recipient_once'),
        ),
        *[migrations.RunSQL(_composite(*reference), migrations.RunSQL.noop) for reference in REFERENCES],
        *[
            migrations.RunSQL(function_text(name), migrations.RunSQL.noop)
            for name in ("05_settle.sql", "15_texts.sql")
        ],
    ]
