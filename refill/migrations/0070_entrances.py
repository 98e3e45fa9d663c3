"""Logins and new passwords that strangers ask for wait for the worker, which alone looks who they are."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("refill", "0069_held_deliveries")]

    operations = [
        migrations.CreateModel(
            name="Entrance",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("kind", models.CharField(choices=[("reset", "Reset"), ("sign_up", "Sign Up")], max_length=8)),
                ("email", models.CharField(max_length=254)),
                ("name", models.CharField(default="", max_length=200)),
                ("password", models.CharField(default="", help_text="hashed", max_length=128)),
                ("asked_at", models.DateTimeField(help_text="real time")),
            ],
        ),
    ]
