"""The delta that a preview loads: one or two rows, or a file, as none was read yet."""

import dataclasses

from pipeline.manifest import Increment, Part
from pipeline.procedures.dry_run import ASSUMED_ROWS
from pipeline.procedures.incremental.stage import DeltaJob
from pipeline.procedures.load.table import LoadJob
from pipeline.procedures.publish.loaded_files import LoadedFiles
from pipeline.tasks.copy import CopyTable


def expected_delta(job: LoadJob, task: CopyTable) -> DeltaJob | None:
    """Return the load of a delta of few rows, or of a new file; None if all rows are loaded."""
    source, incremental = task.dump().source, task.design.extract.incremental
    if source.decision is None or source.decision.base is None:
        return None
    base = source.decision.base
    held = task.runtime.markers.held((task.table,))[0].get(str(task.table))
    known = held.rows if held is not None else None
    increment = Increment(
        source=base.source,
        position=base.position,
        source_rows=ASSUMED_ROWS if known is None else known,
        base=base.update_id,
        base_loaded_at=base.loaded_at,
        since=base.position,
    )
    compares_keys = incremental is not None and incremental.compares_keys
    new = None if incremental is None else 2 if compares_keys else 1
    rows = dataclasses.replace(
        job.manifest, parts=(Part("", new, 0, 0, ""),), increment=increment, key=source.key
    )
    keys = dataclasses.replace(
        rows, key=f"{source.folder}…/keys.manifest", columns=task.design.row_key
    )
    publication = dataclasses.replace(job.publication, files=LoadedFiles.of(rows))
    load = dataclasses.replace(job, publication=publication, manifest=rows)
    return DeltaJob(load, increment, keys if compares_keys else None)
