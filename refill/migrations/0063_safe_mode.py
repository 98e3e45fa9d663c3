"""After a restore nothing is charged until an operator confirms."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("refill", "0062_end_told")]

    operations = [
        migrations.CreateModel(
            name='SafeMode',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('backup_made_at', models.DateTimeField(help_text='what the provider took from here on may be unknown here')),
                ('began_at', models.DateTimeField()),
                ('ended_at', models.DateTimeField(null=True)),
                ('ended_by', models.CharField(default='', max_length=200)),
            ],
            options={
                'constraints': [models.UniqueConstraint(condition=models.Q(('ended_at__isnull', True)), fields=('ended_at',), name='one_safe_mode', nulls_distinct=False)],
            },
        ),
    ]
