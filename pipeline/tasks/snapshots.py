"""One picture of a source: where it asks for that, all dumps of a run share one snapshot."""

from __future__ import annotations

import luigi

from pipeline.errors import PipelineError
from pipeline.names import TableName
from pipeline.tasks.dump import DumpTable
from pipeline.tasks.run import report


def watch(base: type[luigi.Task]) -> None:
    """Listen for the dumps that tasks of this class and its subclasses need.

    Luigi tells of them in the process that schedules, before any task runs.
    """
    base.event_handler(luigi.Event.DEPENDENCY_DISCOVERED)(_announce)


def _announce(_: luigi.Task, dependency: luigi.Task) -> None:
    if not isinstance(dependency, DumpTable):
        return
    try:
        shared = dependency.runtime.shared_snapshot(dependency.table.schema)
        if shared is None or dependency.output().exists():
            return
    except PipelineError:
        return  # Luigi asks the same next, or the dump does, and the summary tells what they hear
    if shared.expect(dependency.task_id):
        _tell_of_earlier_dumps(dependency)


def _tell_of_earlier_dumps(dump: DumpTable) -> None:
    """Warn when part of the source was dumped before, as after a failure: at another moment."""
    source, date = dump.table.schema, dump.date
    earlier = [
        str(design.name)
        for design in dump.runtime.catalog
        if design.kind == "TABLE" and design.name.schema == source and _is_there(dump, design.name)
    ]
    if earlier:
        report.add_note(
            f"{source} asks for one picture of all its tables, but these were dumped for {date}"
            f" before, and what is left will be of a later moment: {', '.join(earlier)}. To have"
            f" all of one moment: pipeline forget {source} --date {date} --downstream, then the"
            " same run again",
            warn=True,
        )


def _is_there(dump: DumpTable, name: TableName) -> bool:
    if name in dump.runtime.left_out:
        return False
    return DumpTable(table=name, date=dump.date, limit=dump.limit).output().exists()
