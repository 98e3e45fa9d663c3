"""Who may enter the operator's office."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from refill.cli.environment import database_for_verb, set_up_django
from refill.cli.places import StartRefused


class Action(StrEnum):
    ADD = "add"
    REMOVE = "remove"
    LIST = "list"


def run(
    action: Annotated[Action, typer.Argument(help="add EMAIL, remove EMAIL, or list.")],
    email: Annotated[str, typer.Argument(help="The login's mail address.")] = "",
    name: Annotated[str, typer.Option(help="The name of a new login.")] = "",
    data: Annotated[Path | None, typer.Option(help="Data directory; by default .data in the checkout.")] = None,
) -> None:
    """Open or close the operator's office to a login, or list who may enter."""
    if (action is Action.LIST) == bool(email):
        raise StartRefused("Say `refill operator add EMAIL`, `refill operator remove EMAIL` or `refill operator list`.")
    with database_for_verb(data):
        set_up_django("worker")
        from refill.domain.errors import Refusal
        from refill.domain.records import COMMAND_LINE
        from refill.services.office import operators

        try:
            if action is Action.LIST:
                print("\n".join(operators.everybody()) or "Nobody yet.")
            elif action is Action.REMOVE:
                operators.remove(email=email, actor=COMMAND_LINE)
                print(f"{email} may not enter the office any more.")
            else:
                hired = operators.add(email=email, name=name, actor=COMMAND_LINE)
                if hired.password:
                    print(f"The password of {email} is {hired.password}: told once, change it under Security.")
                print(f"{email} may enter the office, and sets up an authenticator app at the first visit.")
        except Refusal as refusal:
            raise StartRefused(refusal.detail) from refusal
