"""Time the pages of thousands of relations, beside what parsing their designs takes.

Writes the designs of four layers (tables of several sources, staging, core, marts), whose queries
use WITH, subqueries and windows, parses them, and renders all pages with states, loads and runs.

    python benchmarks/pages.py [--relations 2000] [--keep FOLDER]
"""

from __future__ import annotations

import argparse
import datetime as dt
import gzip
import os
import platform
import statistics
import sys
import time
from dataclasses import replace
from pathlib import Path

from pipeline.designs.catalog import Catalog
from pipeline.pages.columns import ColumnLineage
from pipeline.pages.model import Event, Facts, Site
from pipeline.pages.overview import lineage_script
from pipeline.pages.render import render
from pipeline.pages.run import PAGES, run_pages
from pipeline.pages.runs.model import Run, Task
from pipeline.pages.runs.usual import BEFORE
from pipeline.procedures.operations.pages.history import TASKS
from pipeline.procedures.operations.pages.publish import write_to_folder

TARGET = 10.0
"""Seconds for 2,000 relations, beyond what parsing takes."""

TYPES = ("bigint", "varchar(256)", "timestamp", "numeric(12,2)", "boolean", "integer", "date")

SOURCES = ("billing", "crm", "erp", "events", "support", "www")

LAYERS = (("staging", 0.25), ("core", 0.10), ("marts", 0.05))

TABLE = """name: {schema}.{name}
source_name: {schema}.public.{name}
description: Rows of {name}, as the application writes them.
columns:
  - {{name: id, sql_type: bigint, source_sql_type: bigint, not_null: true, encoding: az64}}
{columns}
constraints:
  - primary_key: [id]
attributes:
  distribution: [id]
  compound_sort: [id]
"""

DERIVED = """name: {schema}.{name}
source_name: CTAS
description: One row per {name}.
tags: [{schema}]
columns:
  - {{name: id, sql_type: bigint}}
  - {{name: label, sql_type: varchar(256)}}
  - {{name: total, sql_type: "numeric(18,2)"}}
  - {{name: place, sql_type: bigint}}
attributes:
  distribution: even
"""

QUERY = """WITH recent AS (
    SELECT id, MAX({text}) AS label, SUM({number}) AS total
    FROM {first}
    WHERE id > 0
    GROUP BY id
)
SELECT
    r.id,
    COALESCE(r.label, o.{other_text}) AS label,
    (r.total + o.{other_number})::numeric(18,2) AS total,
    RANK() OVER (PARTITION BY r.label ORDER BY r.total DESC) AS place
FROM recent AS r
JOIN {second} AS o ON o.id = r.id
"""


def main() -> int:
    options = _options()
    print(
        f"Python {platform.python_version()}, {os.cpu_count()} processors,"
        f" load before the start {os.getloadavg()[0]:.2f}"
    )
    files = design_files(options.relations)
    started = time.process_time()
    catalog = Catalog.parse(files)
    parsed = time.process_time() - started
    site = with_facts(catalog)
    site = replace(site, runs=runs(catalog))
    started = time.process_time()
    ColumnLineage.of(catalog)
    columns = time.process_time() - started
    started = time.process_time()
    lineage_script(site)
    layout = time.process_time() - started
    started = time.process_time()
    list(run_pages(site))
    of_runs = time.process_time() - started
    started = time.process_time()
    pages = dict(render(site))
    rendered = time.process_time() - started
    print(f"{len(catalog):,} relations, {len(pages):,} files; seconds of CPU")
    print(f"  parsing the designs                {parsed:7.2f} s")
    print(f"  rendering all pages                {rendered:7.2f} s")
    print(f"    of which lineage of columns      {columns:7.2f} s")
    print(f"    of which layout of the graph     {layout:7.2f} s")
    print(f"    of which {len(site.runs):2} runs                 {of_runs:7.2f} s")
    print_sizes(pages)
    if options.keep:
        write_to_folder(options.keep, pages)
    return 0 if rendered <= TARGET * options.relations / 2000 else 1


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--relations", type=int, default=2000)
    parser.add_argument("--keep", type=Path, help="write the pages to this folder")
    return parser.parse_args()


def design_files(relations: int) -> dict[str, str]:
    """Return the texts of designs and queries by path, always the same for a number."""
    derived = [(schema, round(relations * share)) for schema, share in LAYERS]
    tables = relations - sum(number for _, number in derived)
    files = {}
    before = []
    for n in range(tables):
        schema, name = SOURCES[n % len(SOURCES)], f"{WORDS[n % len(WORDS)]}_{n:04}"
        columns = "\n".join(
            f"  - {{name: c{c}, sql_type: '{kind}', source_sql_type: '{kind}'}}"
            for c, kind in enumerate(TYPES * (1 + n % 3))
        )
        text = TABLE.format(schema=schema, name=name, columns=columns)
        files[f"{schema}/public-{name}.yaml"] = text
        before.append((f"{schema}.{name}", "c1", "c3"))
    for schema, number in derived:
        layer = []
        for n in range(number):
            name = f"{WORDS[n % len(WORDS)]}_{WORDS[n * 5 % 23]}_{n:03}"
            first, second = before[n * 7 % len(before)], before[(n * 7 + 3) % len(before)]
            files[f"{schema}/{name}.yaml"] = DERIVED.format(schema=schema, name=name)
            files[f"{schema}/{name}.sql"] = QUERY.format(
                first=first[0],
                text=first[1],
                number=first[2],
                second=second[0],
                other_text=second[1],
                other_number=second[2],
            )
            layer.append((f"{schema}.{name}", "label", "total"))
        before = layer
    return files


WORDS = (
    *("account", "address", "basket", "campaign", "contract", "customer", "delivery", "device"),
    *("invoice", "item", "ledger", "message", "order", "payment", "product", "refund", "session"),
    *("shipment", "stock", "supplier", "ticket", "user", "visit", "voucher"),
)


def with_facts(catalog: Catalog) -> Site:
    """Return a site of relations that were loaded for 30 days; some are stale, some failed."""
    end = dt.datetime(2026, 11, 21, 3, 0)  # noqa: DTZ001  (times of the history have no zone)
    states = (("ok", ("ok",)),) * 40 + (("stale", ("older than www.orders",)),) * 2
    states += (("failed", ("FAILED in CopyTable",)),)
    facts = {}
    for n, name in enumerate(catalog.designs):
        summary, words = states[n % len(states)]
        loads = tuple(
            Event(end - dt.timedelta(days=d), "", "CopyTable", "done", 10_000 - d * 90, 500_000, d)
            for d in range(30, 0, -1)
        )
        failure = Event(end, "2026-11-21", "CopyTable", "failed", message="upstream is down")
        failures = (failure,) if summary == "failed" else ()
        facts[name] = Facts(
            *(summary, words, end, "2026-11-21", 10_000, 500_000),
            is_failing=bool(failures),
            loads=loads,
            failures=failures,
        )
    paths = {design.name: (f"{design.stem}.yaml",) for design in catalog}
    return Site(catalog, paths, "Warehouse", end, facts)


def runs(catalog: Catalog) -> tuple[Run, ...]:
    """Return runs of all relations by eight workers, newest first, as many as pages read."""
    tasks = 2 * len(catalog) - sum(design.kind != "TABLE" for design in catalog)
    return tuple(_run(catalog, number) for number in range(min(PAGES + BEFORE, TASKS // tasks)))


def _run(catalog: Catalog, number: int) -> Run:
    at = dt.datetime(2026, 11, 21, 3, 0) - dt.timedelta(days=number)  # noqa: DTZ001
    free, tasks = [at] * 8, []
    for n, name in enumerate(catalog.graph.order):
        kinds = ("DumpTable", "CopyTable") if catalog[name].kind == "TABLE" else ("RefreshCtas",)
        for task in kinds:
            seconds = (n * 7 + number) % 11 + 600 * (n % 400 == 0)
            worker = free.index(min(free))
            start, free[worker] = free[worker], free[worker] + dt.timedelta(seconds=seconds)
            done = Task(task, str(name), str(at.date()), "done", free[worker], start, seconds, n)
            tasks.append(done)
    return Run(f"{number:032x}", tuple(tasks))


def print_sizes(pages: dict[str, bytes]) -> None:
    """Print the size of each kind of file, as it is and compressed."""
    sizes = [len(body) for path, body in pages.items() if path.startswith("relation/")]
    print(
        f"  a relation's page: median {statistics.median(sizes) / 1000:,.1f} kB,"
        f" largest {max(sizes) / 1000:,.1f} kB; all {sum(sizes) / 1e6:,.1f} MB"
    )
    for path, body in sorted(pages.items()):
        is_newest = path.endswith(f"/{0:032x}.html")
        if not path.startswith(("relation/", "run/")) or is_newest:
            packed = len(gzip.compress(body)) / 1000
            print(f"  {path:24} {len(body) / 1000:10,.1f} kB {packed:10,.1f} kB compressed")


if __name__ == "__main__":
    sys.exit(main())
