"""The command `refill`. Each verb is a module in refill/cli/verbs with a function `run`, loaded when asked.

So the launcher starts without loading Django. The docstring of `run` is the verb's help; `OPTIONS`, where the
module has it, goes to typer's `command`.
"""

import sys
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

import typer
from rich.console import Console
from typer.core import TyperGroup

from refill.cli import verbs
from refill.cli.places import StartRefused


class Verbs(TyperGroup):
    """The verbs, found by their files."""

    def list_commands(self, ctx: Any) -> list[str]:
        return sorted(module.name.replace("_", "-") for module in iter_modules(verbs.__path__))

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        if cmd_name not in self.list_commands(ctx):
            return None
        module = import_module(f"refill.cli.verbs.{cmd_name.replace('-', '_')}")
        single = typer.Typer(add_completion=False)
        single.command(cmd_name, **getattr(module, "OPTIONS", {}))(module.run)
        return typer.main.get_command(single)


app = typer.Typer(cls=Verbs, add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False)


@app.callback()
def refill() -> None:
    """Plan and billing for a texting product."""


def run() -> None:
    """The entry point: a refusal is one sentence on stderr and exit code 1."""
    try:
        app()
    except StartRefused as refusal:
        Console(stderr=True, highlight=False).print(f"refill: {refusal}", markup=False, soft_wrap=True)
        sys.exit(1)
