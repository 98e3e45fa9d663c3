"""Kept answers that hold a secret are encrypted."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("refill", "0043_mail")]
    operations = [
        migrations.AddField(
            model_name="answer",
            name="concealed",
            field=models.BooleanField(
                db_default=False, default=False, help_text="the body holds a secret: encrypted"
            ),
        ),
    ]
