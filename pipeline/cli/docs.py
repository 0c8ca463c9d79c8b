"""``pipeline docs``: write pages about all relations, or publish them."""

import os
from pathlib import Path

import click

from pipeline.errors import UsageError, WarehouseError
from pipeline.figures import count
from pipeline.pages.model import Site
from pipeline.pages.render import render, svg
from pipeline.procedures.operations.pages.publish import Published, write_to_folder
from pipeline.runtime import Runtime, current
from pipeline.stores.designs.folder import REMOTE
from pipeline.tasks.run.outside.docs import publish_to, site

OUTPUT = Path("site")


@click.command()
@click.option("--output", type=click.Path(path_type=Path), help="The folder (default: site).")
@click.option("--offline", is_flag=True, help="Write what the design files tell; ask no server.")
@click.option(
    "--publish", metavar="s3://BUCKET/FOLDER/", help="Upload what changed, instead of --output."
)
@click.option(
    "--svg",
    "picture",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write a picture of the lineage to this file, instead of --output.",
)
def docs(output: Path | None, publish: str | None, picture: Path | None, *, offline: bool) -> None:
    """Write pages about all relations: columns, lineage, checks, loads, search.

    The pages are files that a browser opens without a server or a network. Rows are never on
    them. The folder must be new, or hold pages of this command; files that did not change
    stay.
    """
    runtime = current()
    if output is None and publish is None and picture is None:
        output = OUTPUT
    pages = _site(runtime, _link(runtime, output) if publish is None else "", offline=offline)
    if output is not None:
        done = write_to_folder(output, dict(render(pages)))
        click.echo(f"{_summary(done)} in {output}; open {output / 'index.html'} in a browser.")
    if publish is not None:
        click.echo(f"{_summary(publish_to(runtime, publish, pages))} at {publish}.")
    if picture is not None:
        _write(picture, svg(pages))
        click.echo(f"The lineage is in {picture}.")


def _site(runtime: Runtime, folder: str, *, offline: bool) -> Site:
    try:
        return site(runtime, offline=offline, folder=folder)
    except WarehouseError as error:
        raise WarehouseError(
            f"{error}\nWithout the warehouse: pipeline docs --offline", sqlstate=error.sqlstate
        ) from error


def _link(runtime: Runtime, output: Path | None) -> str:
    """Return the URL of the folder of designs from a relation's page; empty if it is in S3."""
    if output is None or runtime.settings.design_dir.startswith(REMOTE):
        return ""
    path = os.path.relpath(runtime.project.design_folder.resolve(), output.resolve() / "relation")
    return Path(path).as_posix()


def _summary(done: Published) -> str:
    changes = ", ".join(
        f"{number:,} {word}"
        for number, word in ((done.written, "written"), (done.deleted, "deleted"))
        if number
    )
    return f"{count(done.files, 'file')} ({changes or 'none changed'})"


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}") from error
