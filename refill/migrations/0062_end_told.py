"""When people were told that their plan has ended; those of before are not told anew."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("refill", "0061_card_renewed")]

    operations = [
        migrations.AddField(
            model_name='subscription',
            name='end_told_at',
            field=models.DateTimeField(help_text='when people were told that it has ended', null=True),
        ),
        migrations.RunSQL(
            "update refill_subscription set end_told_at = ended_at where ended_at is not null",
            migrations.RunSQL.noop,
        ),
        migrations.AddIndex(
            model_name='subscription',
            index=models.Index(models.F('ended_at'), condition=models.Q(('end_told_at__isnull', True), ('ended_at__isnull', False)), name='end_to_tell'),
        ),
    ]
