"""``pipeline luigid``: Luigi's central scheduler, for runs of thousands of tables."""

import click
import luigi.cmdline
from luigi.configuration import get_config

from pipeline.tasks.run import scheduler

UNSHARED = (
    "luigi.cfg has no warehouse in [resources], so one load runs at a time; start luigid in the"
    " project's folder, or set LUIGI_CONFIG_PATH"
)


@click.command(
    context_settings={"ignore_unknown_options": True}, options_metavar="[OPTIONS OF LUIGID]"
)
@click.argument("words", nargs=-1, type=click.UNPROCESSED, metavar="")
def luigid(words: tuple[str, ...]) -> None:
    """Run Luigi's central scheduler, which stays fast with thousands of tables.

    Takes the options that 'luigid --help' lists, such as --address, --port and --state-path, and
    reads the same luigi.cfg. Whenever a run asks for a task, luigid counts all tasks that wait,
    which keeps it busy for hours if there are 10,000 tables. This one counts them if it has none
    to hand out, in 5 % of the time at most. Everything else is luigid's.
    """
    if "warehouse" not in get_config().getintdict("resources"):
        click.echo(f"warning: {UNSHARED}", err=True)
    scheduler.install()
    luigi.cmdline.luigid(list(words))
