"""Make the database ready."""

import os
from pathlib import Path

from refill.cli.environment import database_for_verb, set_up_django
from refill.cli.fingerprint import is_static_current, remember_static


def run(data: Path | None = None) -> None:
    """Make the database ready: role, tables, rights; register the test platform key; gather static files."""
    key = os.environ.get("REFILL_TEST_PLATFORM_KEY", "")
    with database_for_verb(data, new=True) as url:
        set_up_django("owner", as_owner=True)
        from django.conf import settings
        from django.core.management import call_command
        from django.db import connections

        from refill.cli.database import prepare_database

        prepare_database(url, test_platform_key=key, show=not os.environ.get("REFILL_LAUNCHED"))
        if settings.STATIC_ROOT and not is_static_current(Path(settings.STATIC_ROOT)):
            call_command("collectstatic", interactive=False, verbosity=0)
            remember_static(Path(settings.STATIC_ROOT))
        connections.close_all()
