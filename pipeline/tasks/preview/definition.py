"""The statements that define and fill one relation, whether it is complete or not."""

from collections.abc import Iterator

from pipeline.designs.model.design import Design
from pipeline.runtime import Runtime
from pipeline.sql.statement import Statement
from pipeline.sql.tables.copy import copy_from_s3
from pipeline.sql.tables.ddl import create_table, create_view
from pipeline.sql.tables.refresh import fill
from pipeline.stores.upstream.database import Upstream
from pipeline.tasks.base import KINDS
from pipeline.tasks.copy import CopyTable
from pipeline.tasks.dump import DumpTable
from pipeline.tasks.preview.statements import authorization_of, expected_manifest

Part = tuple[str, tuple[Statement, ...]]
"""A heading, and the statements below it."""


def definition(runtime: Runtime, design: Design) -> Iterator[Part]:
    """Yield the DDL of a relation, and what fills it; no server is asked.

    Loads and refreshes fill a staging table, which then takes the relation's place: the statements
    show the name of the relation.
    """
    kind = f"{design.name} is {KINDS[design.kind]}"
    if design.kind == "VIEW":
        yield kind, (create_view(design),)
        return
    yield kind, (create_table(design),)
    if design.kind == "CTAS":
        yield "RefreshCtas fills it with the rows of its query", fill(design, design.name)
    else:
        yield from _from_upstream(runtime, design)


def _from_upstream(runtime: Runtime, design: Design) -> Iterator[Part]:
    dump, load = DumpTable(table=design.name), CopyTable(table=design.name)
    if files := dump.files():
        yield f"DumpTable lists the files {files.pattern.path}", ()
    else:
        job = dump.job(Upstream(design.name.schema, ""))
        yield (
            f"DumpTable reads {design.source} of {design.name.schema}",
            (job.copy_statement(None),),
        )
    copy = copy_from_s3(
        design,
        design.name,
        expected_manifest(load),
        manifest_url=dump.output().url,
        authorization=authorization_of(runtime),
        region=runtime.settings.storage.region,
    )
    yield f"CopyTable loads the dump of {dump.date}", (copy,)
