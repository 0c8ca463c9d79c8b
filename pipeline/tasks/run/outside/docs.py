"""Compose the pages of a project, and publish them at the end of LoadAll."""

import datetime as dt
import logging

from pipeline.errors import PipelineError, UsageError
from pipeline.figures import count
from pipeline.names import TableName
from pipeline.pages.model import Facts, Site
from pipeline.pages.render import render
from pipeline.pages.run import PAGES
from pipeline.pages.runs import model as pages_of_runs
from pipeline.pages.runs.usual import BEFORE
from pipeline.procedures.operations.freshness import FreshnessJob, verdicts
from pipeline.procedures.operations.pages.facts import Sources, collect_facts, known_words
from pipeline.procedures.operations.pages.history import TASKS, collect_runs
from pipeline.procedures.operations.pages.publish import Published, publish
from pipeline.procedures.operations.status import states
from pipeline.runtime import Runtime, current
from pipeline.sql.markers import history, marker
from pipeline.stores.designs.folder import REMOTE
from pipeline.tasks.run.summary import Run

logger = logging.getLogger(__name__)


def site(runtime: Runtime, *, offline: bool = False, folder: str = "") -> Site:
    """Return what the pages show; ``offline`` asks no server. ``folder`` is that of ``Site``."""
    catalog, prefix = runtime.project.catalog, runtime.settings.storage.prefix
    texts = {design.name: runtime.project.texts(design.name) for design in catalog}
    return Site(
        catalog=catalog,
        files={
            name: tuple(f"{catalog[name].stem}.{suffix}" for suffix in found)
            for name, found in texts.items()
        },
        title=f"Warehouse {prefix}",
        written_at=dt.datetime.now(dt.UTC),
        facts={} if offline else _facts(runtime),
        folder=folder,
        runs=() if offline else _runs(runtime),
    )


def _facts(runtime: Runtime) -> dict[TableName, Facts]:
    project, settings, markers = runtime.project, runtime.settings, runtime.markers
    catalog, loads, inventory = project.catalog, runtime.load_history(), markers.inventory()
    found = list(states(catalog, catalog.designs, loads, project.limited, inventory))
    now = dt.datetime.now(dt.UTC).replace(tzinfo=None)
    job = FreshnessJob(project.freshness, now, inventory.relations, runtime.warehouse.query)
    recent = history.select_recent(
        settings.warehouse.marker_schema,
        prefix=settings.storage.prefix,
        tasks=sorted(marker.FILLING),
    )
    sources = Sources(
        recent=markers.query(recent),
        results=loads.results,
        fresh=verdicts(found, job),
        known=known_words(catalog),
    )
    return collect_facts(found, sources)


def _runs(runtime: Runtime) -> tuple[pages_of_runs.Run, ...]:
    newest = history.select_runs(
        runtime.settings.warehouse.marker_schema,
        prefix=runtime.settings.storage.prefix,
        runs=PAGES + BEFORE,
        tasks=TASKS,
    )
    return collect_runs(runtime.markers.query(newest), known_words(runtime.project.catalog))


def publish_to(runtime: Runtime, place: str, pages: Site) -> Published:
    """Upload the pages to ``s3://bucket/folder/``; UsageError for another place."""
    bucket, _, folder = place.removeprefix(REMOTE).partition("/")
    if not place.startswith(REMOTE) or not bucket:
        raise UsageError(f"'{place}' is not a folder of a bucket; write s3://bucket/folder/")
    name = folder.strip("/")
    return publish(runtime.bucket(bucket), f"{name}/" if name else "", dict(render(pages)))


def publish_after_run(place: str, run: Run) -> None:
    """Publish the pages to ``s3://…``, not after an interruption; a failure is only logged."""
    if run.interrupted:
        return
    try:
        runtime = current()
        done = publish_to(runtime, place, site(runtime))
    except (PipelineError, OSError) as error:
        first = str(error).partition("\n")[0]
        logger.warning("the pages were not published to %s: %s", place, first)
    else:
        logger.info(
            "%s published to %s, %d changed", count(done.files, "file"), place, done.written
        )
