"""Subcommands that are imported when they are called, so that help and completion stay fast."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import typer
from typer.core import TyperCommand, TyperGroup


@dataclass(frozen=True, slots=True)
class Subcommand:
    """Where a subcommand lives, "module:attribute" of a Typer app or of a function, and what help says before it is imported."""

    target: str
    help: str

    def load(self) -> Any:
        """Import it and return the command or group."""
        module, _, attribute = self.target.partition(":")
        found = getattr(importlib.import_module(module), attribute)
        return typer.main.get_command(found if isinstance(found, typer.Typer) else _app_of(found))


class LazyGroup(TyperGroup):
    """A group whose subcommands are known by name and help alone."""

    subcommands: Final[dict[str, Subcommand]] = {}

    def list_commands(self, ctx: Any) -> list[str]:
        return list(self.subcommands)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        found = self.subcommands.get(cmd_name)
        return None if found is None else _Unloaded(cmd_name, found)


class _Unloaded(TyperCommand):
    """Stands for a subcommand in its group's help; becomes the real one when arguments are to be parsed."""

    def __init__(self, name: str, subcommand: Subcommand) -> None:
        super().__init__(name, help=subcommand.help)
        self._subcommand = subcommand

    def make_context(self, info_name: str | None, args: list[str], parent: Any = None, **extra: Any) -> Any:
        return self._subcommand.load().make_context(info_name, args, parent=parent, **extra)


def group_of(subcommands: dict[str, Subcommand]) -> type[TyperGroup]:
    """Return the class of a group with these subcommands."""
    return type("Subcommands", (LazyGroup,), {"subcommands": subcommands})


def _app_of(function: Callable[..., Any]) -> typer.Typer:
    app = typer.Typer(add_completion=False, rich_markup_mode=None)
    app.command()(function)
    return app
