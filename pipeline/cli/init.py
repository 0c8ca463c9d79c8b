"""``pipeline init``: a folder with everything that a project of one's own begins with."""

import os
import shlex
import sys
from functools import partial
from importlib.resources import files
from pathlib import Path

import click

from pipeline.errors import UsageError

TEMPLATE = {
    ".gitignore": "gitignore",
    "config/luigi.cfg": "luigi.cfg",
    "config/sources.json": "sources.json",
    "crontab": "crontab",
    "designs/.gitkeep": None,
    "log/.gitkeep": None,
    "secrets.sh": "secrets.sh",
}
"""The files of a project, and where their texts are; None is an empty file."""

PRIVATE = "secrets.sh"

NEXT = """
Next steps. As written, config/sources.json and secrets.sh are for the local stack, which has
sample databases. For your own databases, omit 'pipeline local up'; set the bucket and the sources
in config/sources.json, and the connection strings in secrets.sh.

    cd {folder}
    pipeline local up --scale 0.05
    . ./secrets.sh
    luigi --module pipeline BootstrapWarehouse --local-scheduler
    pipeline design
    pipeline validate
    luigi --module pipeline LoadAll --local-scheduler
    pipeline status

The file crontab has the lines for every night.
"""


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
def init(folder: Path) -> None:
    """Create a project folder: configuration, designs, cron lines.

    Files that exist are kept. The configuration is complete for the local stack (pipeline local
    up); for your own databases, edit it and secrets.sh.
    """
    for name, source in TEMPLATE.items():
        text = _text(folder, source) if source else ""
        written = _create(folder / name, text, mode=0o600 if name == PRIVATE else 0o666)
        click.echo(f"{folder / name}: {'written' if written else 'exists, kept'}")
    click.echo(NEXT.format(folder=shlex.quote(str(folder))), nl=False)


def _text(folder: Path, source: str) -> str:
    text = files("pipeline.cli").joinpath("template", source).read_text(encoding="utf-8")
    if source != "crontab":
        return text
    # In a crontab, % ends the command; https://man7.org/linux/man-pages/man5/crontab.5.html
    place = shlex.quote(str(folder.absolute())).replace("%", r"\%")
    return text.format(folder=place, bin=Path(sys.executable).parent)


def _create(path: Path, text: str, mode: int) -> bool:
    """Write a new file; return False, without a change, if the file exists."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if os.path.lexists(path):
            return False
        with open(path, "x", encoding="utf-8", opener=partial(os.open, mode=mode)) as file:
            file.write(text)
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}; name a folder that you may write") from error
    return True
