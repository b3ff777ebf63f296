"""A command that lists by itself, of everything or of one thing, and has subcommands besides."""

from __future__ import annotations

import click


class ListingGroup(click.Group):
    """`followers [HANDLE]` lists; `followers approve ACTOR` approves. The group's hidden `list` takes the name."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Anything that is no subcommand is what to list."""
        if args and args[0] not in self.commands:
            args = ["list", *args]
        return super().resolve_command(ctx, args)
