"""The group of commands, and the one place where errors become messages and exit codes."""

import configparser
import importlib
import logging
import signal
import sys
import traceback
from collections.abc import Mapping
from typing import Any, NoReturn

import click
from click.shell_completion import CompletionItem

from pipeline import versions
from pipeline.errors import ConfigError, PipelineError
from pipeline.local.commands.help import WholeSentences
from pipeline.local.extra import local_command
from pipeline.screen import discard, escape_unprintable

UNEXPECTED = 40
"""The same as luigi's, in ``config/luigi.cfg``."""

INTERRUPTED = 130

OUTSIDE = 4
"""If a file or the output cannot be written."""

READER_LEFT = 128 + signal.SIGPIPE
"""If the reader of a pipe, such as head, has closed it: the code that git has, and others."""

SENTENCES = {
    "check": "Run the checks of designs on the rows that the warehouse holds.",
    "create-user": "Create a user who may read all sources.",
    "design": "Write designs for upstream tables and for queries.",
    "docs": "Write pages about all relations: columns, lineage, checks, loads, search.",
    "doctor": "Check everything that a run needs.",
    "drop-user": "Drop a user and transfer what the user owns.",
    "explain": "Show Redshift's query plan of a derived relation.",
    "forget": "Remove completion markers, so that work is done again.",
    "history": "List the most recent tasks, newest first.",
    "import": "Import checks from the files of other tools.",
    "init": "Create a project folder: configuration, designs, cron lines.",
    "local": "Run PostgreSQL, S3 and a Redshift emulator on this machine.",
    "luigid": "Run Luigi's central scheduler, which stays fast with thousands of tables.",
    "password": "Suggest a long, memorable password.",
    "plan": "Show what a task would do, without doing it.",
    "prune": "Show old dumps and leftovers; delete them with --yes.",
    "show": "Show a relation's DDL and what fills it, or its rows.",
    "status": "Show the last load and the state of each relation.",
    "test": "Run the tests beside the designs of derived relations, such as dim_order.tests.yaml.",
    "update-user": "Change a user's group, schema or password.",
    "users": "List the warehouse's users and their rights.",
    "validate": "Check configuration, designs and queries.",
    "verify": "Compare all values in the warehouse with upstream, in both directions.",
}
"""The commands, with the first sentence of the help of each, which is loaded only if it runs."""

FOLDERS = {
    "designs": ("design", "explain", "import", "show", "test", "validate"),
    "loads": ("check", "forget", "history", "plan", "prune", "status", "verify"),
    "users": ("create-user", "drop-user", "password", "update-user", "users"),
}
"""The packages of commands; the other commands are modules beside this one."""


class Commands(WholeSentences):
    """A group of commands that report an error as a message and an exit code."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """Return the names of all commands."""
        return list(SENTENCES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Load a command; None, and all commands to suggest, if there is none of this name."""
        if cmd_name in SENTENCES and cmd_name not in self.commands:
            self.add_command(_load(cmd_name))
        elif cmd_name not in SENTENCES:
            self.load()
        return super().get_command(ctx, cmd_name)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """List the commands without loading them."""
        with formatter.section("Commands"):
            formatter.write_dl(list(SENTENCES.items()))

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Complete the names of commands without loading them, and options."""
        found = ((name, text) for name, text in SENTENCES.items() if name.startswith(incomplete))
        options = click.Command.shell_complete(self, ctx, incomplete)
        return [*(CompletionItem(name, help=text) for name, text in found), *options]

    def load(self) -> Mapping[str, click.Command]:
        """Load all commands."""
        for name in SENTENCES.keys() - self.commands:
            self.add_command(_load(name))
        return self.commands

    def main(self, *args: Any, **kwargs: Any) -> Any:
        """Run a command line; an unexpected error is shown with what a bug report needs."""
        if sys.stdout is None:
            _tell("Error: stdout is closed")
            sys.exit(OUTSIDE)
        escape_unprintable()
        try:
            return super().main(*args, **kwargs)
        except (configparser.Error, UnicodeDecodeError) as error:
            if fault := _fault_of_options(error):
                _tell(f"Error: luigi.cfg: {fault}")
                sys.exit(ConfigError.exit_code)
            _end_unexpectedly()
        except OSError as error:  # click writes the message of a usage error
            sys.exit(_explain(error))
        except Exception:  # noqa: BLE001  (the one broad except: the program ends here)
            _end_unexpectedly()

    def make_context(self, *args: Any, **kwargs: Any) -> click.Context:
        """Parse the options, which may print the help."""
        try:
            return super().make_context(*args, **kwargs)
        except OSError as error:
            raise click.exceptions.Exit(_explain(error)) from error

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse the options; --version ends here, so that --verbose can precede or follow it."""
        rest = super().parse_args(ctx, args)
        if ctx.params.pop("version") and not ctx.resilient_parsing:
            short = f"pipeline, version {versions.package()}"
            click.echo(versions.report() if ctx.params["verbose"] else short)
            ctx.exit()
        return rest

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command; errors of the package are shown without a traceback."""
        try:
            return super().invoke(ctx)
        except PipelineError as error:
            from pipeline.cli.output import tell_prefix  # noqa: PLC0415  (only errors need it)

            _tell(f"Error: {error}")
            tell_prefix([str(error)])
            ctx.exit(error.exit_code)
        except OSError as error:
            ctx.exit(_explain(error))
        except KeyboardInterrupt:
            _tell("Interrupted.")
            ctx.exit(INTERRUPTED)


def _fault_of_options(error: configparser.Error | UnicodeDecodeError) -> str:
    """Return why Luigi cannot read luigi.cfg; it does that while it is imported."""
    if isinstance(error, UnicodeDecodeError):
        return "" if "luigi" in sys.modules else "is not UTF-8; save it as UTF-8"
    text = " ".join(str(error).split())
    mark = r"\ufeff" in text
    return f"{text}; it begins with a byte order mark: save it without one" if mark else text


def _end_unexpectedly() -> NoReturn:
    _tell(f"{traceback.format_exc()}Unexpected error. {versions.request()}")
    sys.exit(UNEXPECTED)


def _explain(error: OSError) -> int:
    """Report that a file or the output cannot be written; return the exit code."""
    discard(sys.stdout)
    if isinstance(error, BrokenPipeError):
        return READER_LEFT
    logging.getLogger(__name__).debug("where it failed:", exc_info=error)
    _tell(f"Error: {error}")
    return OUTSIDE


def _tell(text: str) -> None:
    """Write a message to stderr, if that is possible; it may be the same full disk as stdout."""
    try:
        click.echo(text, err=True)
    except OSError:
        discard(sys.stderr)


def _load(name: str) -> click.Command:
    """Import the module of a command."""
    if name == "local":
        return local_command()
    folder = next((f".{folder}" for folder, names in FOLDERS.items() if name in names), "")
    word = "imports" if name == "import" else name.replace("-", "_")
    found: click.Command = getattr(importlib.import_module(f"pipeline.cli{folder}.{word}"), word)
    return found


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "-V",
    "--version",
    is_flag=True,
    help="Print the version; with --verbose, those of all components.",
)
@click.option(
    "-v", "--verbose", count=True, help="Log each step to stderr; as -vv, each statement."
)
@click.option("-c", "--config", help="The configuration file, instead of DATA_WAREHOUSE_CONFIG.")
@click.option("-d", "--designs", help="The folder of designs, or s3://… of uploaded ones.")
@click.option("-p", "--prefix", help="The folder in the bucket (default: your user name).")
def main(verbose: int, **chosen: str | None) -> None:
    """Operate the warehouse pipeline. To load, run 'luigi --module pipeline LoadAll'.

    Results go to stdout, messages to stderr. Exit codes: 0 ok, 2 usage, 3 configuration or design,
    4 a database, S3, a file or the output, 5 'verify' found differences or 'check' a failure,
    6 'status --check' found errors, 7 a case of 'test' failed, 40 unexpected, 130 interrupted,
    141 the reader of a pipe left.
    """
    level = (logging.WARNING, logging.INFO, logging.DEBUG)[min(verbose, 2)]
    logging.basicConfig(stream=sys.stderr, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    logging.getLogger("pipeline").setLevel(level)
    from pipeline.options import choose  # noqa: PLC0415  (it loads Luigi, unless this is --help)

    choose({name: value for name, value in chosen.items() if value})
