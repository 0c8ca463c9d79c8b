"""The help of groups of commands."""

import click


class WholeSentences(click.Group):
    """A group that lists each command with its whole first sentence; click would cut it."""

    def add_command(self, cmd: click.Command, name: str | None = None) -> None:
        """Add a command."""
        cmd.short_help = " ".join((cmd.help or "").partition("\n\n")[0].split())
        super().add_command(cmd, name)
