"""The sandbox carrier's own memory: texts that it took, and how often each was handed over; numbers rented from it."""

from django.db import migrations

TEXTS = """
create table sandbox_text (
  provider_key text primary key,
  recipient text not null,
  sends int not null default 1,
  created_at timestamptz not null default clock_timestamp()
)
"""
NUMBERS = """
create table sandbox_number (
  number text primary key,
  key text not null,
  created_at timestamptz not null default clock_timestamp()
)
"""


class Migration(migrations.Migration):
    dependencies = [("refill", "0041_places")]
    operations = [
        migrations.RunSQL(TEXTS, "drop table sandbox_text"),
        migrations.RunSQL(NUMBERS, "drop table sandbox_number"),
    ]
