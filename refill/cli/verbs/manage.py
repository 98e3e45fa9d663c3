"""Django's own commands."""

import typer

from refill.cli.environment import database_for_verb, set_up_django

OPTIONS = {
    "context_settings": {"allow_extra_args": True, "ignore_unknown_options": True},
    "add_help_option": False,
}


def run(context: typer.Context) -> None:
    """Run one of Django's commands as the owner: refill manage check, shell, makemigrations, …"""
    with database_for_verb(new=True):
        set_up_django("owner", as_owner=True)
        from django.core.management import execute_from_command_line

        execute_from_command_line(["refill manage", *context.args])
