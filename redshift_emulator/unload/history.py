"""Records unloads in the system tables.

Source: https://docs.aws.amazon.com/redshift/latest/dg/r_STL_UNLOAD_LOG.html,
https://docs.aws.amazon.com/redshift/latest/dg/SYS_UNLOAD_HISTORY.html
"""

from collections.abc import Sequence

from redshift_emulator.language.fill import fill
from redshift_emulator.unload.files import UnloadedFile
from redshift_emulator.unload.statement import UnloadStatement

_FORMATS = {"text": "Text", "csv": "CSV", "json": "JSON", "parquet": "Parquet"}
_HISTORY = """
INSERT INTO pg_internal.sys_unload_history_all
SELECT {user}::regrole::oid::integer, {query_id}, 0, {session_id}, {database}, {status},
    s.start_time, s.end_time, (extract(epoch FROM s.end_time - s.start_time) * 1000000)::bigint,
    {form}, {compression}, {location}, {rows}, {files}, {size}, {error}
FROM (SELECT {started}::timestamp, clock_timestamp() AT TIME ZONE 'UTC')
    AS s (start_time, end_time);
"""
_FILE = """
INSERT INTO pg_internal.stl_unload_log_all
VALUES ({user}::regrole::oid::integer, {query_id}, {slice}, {session_id}, {path}, {started},
    clock_timestamp() AT TIME ZONE 'UTC', {lines}, {size}, {form});
"""


def record(
    statement: UnloadStatement,
    files: Sequence[UnloadedFile],
    rows: int,
    error: str | None,
    **session: str | int,
) -> str:
    """Render the statements that record an unload, or a failed one with its error.

    ``session`` are ``user`` (quoted), ``query_id``, ``session_id``, ``database`` and ``started``.
    """
    history = fill(
        _HISTORY,
        status="failed" if error else "completed",
        form=_FORMATS[statement.form],
        compression=(statement.compression or "").upper(),
        location=f"s3://{statement.bucket}/{statement.prefix}",
        rows=rows,
        files=len(files),
        size=sum(file.size for file in files),
        error=error,
        **session,
    )
    headers = int(statement.text.header)
    logged = (
        fill(
            _FILE,
            slice=file.slice,
            path=f"s3://{statement.bucket}/{file.key}",
            lines=file.rows + headers,
            size=file.size,
            form=_FORMATS[statement.form],
            **session,
        )
        for file in files
    )
    return history + "".join(logged)
