"""Sources with one snapshot for all dumps of a run: count the dumps that will share it."""

from pipeline.errors import PipelineError
from pipeline.names import TableName
from pipeline.tasks.base import RowsTask
from pipeline.tasks.run import report


def expect_dump(dump: RowsTask) -> None:
    """Count a dump that a run will need; called in the process that schedules."""
    try:
        shared = dump.runtime.shared_snapshot(dump.table.schema)
        if shared is None or dump.output().exists():
            return
    except PipelineError:
        return  # Luigi asks the same question next and reports the answer
    if shared.expect(dump.task_id):
        _warn_of_earlier_dumps(dump)


def _warn_of_earlier_dumps(dump: RowsTask) -> None:
    """Warn where a part of the source was dumped before, as after a failure: at another time."""
    source, date = dump.table.schema, dump.date
    earlier = [
        str(design.name)
        for design in dump.runtime.project.catalog
        if design.kind == "TABLE" and design.name.schema == source and _exists(dump, design.name)
    ]
    if earlier:
        report.add_note(
            f"{source} asks for one snapshot of all its tables, but these were dumped for {date}"
            f" before, and the rest will be of a later time: {', '.join(earlier)}. To have all of"
            f" one snapshot: pipeline forget {source} --date {date} --downstream, then the same"
            " run again",
            warn=True,
        )


def _exists(dump: RowsTask, name: TableName) -> bool:
    if name in dump.runtime.project.left_out:
        return False
    return bool(type(dump)(table=name, date=dump.date, limit=dump.limit).output().exists())
