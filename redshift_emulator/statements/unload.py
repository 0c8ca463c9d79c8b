"""UNLOAD: runs the query, writes its rows to S3 and reports their number.

https://docs.aws.amazon.com/redshift/latest/dg/r_UNLOAD.html
"""

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager

from redshift_emulator.copy.statement import RoleAuthorization
from redshift_emulator.language.errors import NotSupportedError, RedshiftError
from redshift_emulator.language.fill import fill
from redshift_emulator.language.long_names import NAMES
from redshift_emulator.language.moments import now
from redshift_emulator.language.tokens import Statement, literal, quoted, split
from redshift_emulator.protocol.backend import BackendError
from redshift_emulator.session.assumed_roles import require_assumerole
from redshift_emulator.session.relations import result_type
from redshift_emulator.session.session import Session
from redshift_emulator.statements.queries.rewrite import rewritten
from redshift_emulator.unload.destination import Destination
from redshift_emulator.unload.files import Files, UnloadedFile
from redshift_emulator.unload.grammar import parse
from redshift_emulator.unload.history import record
from redshift_emulator.unload.manifest import manifest
from redshift_emulator.unload.statement import MEGABYTE, ResultColumn, UnloadStatement
from redshift_emulator.unload.text import Row, check_types

CURSOR = "unload_query"
BATCH_ROWS = 1000
_TYPE_NAMES = """
SELECT oid::text, typname FROM pg_catalog.pg_type WHERE oid::text = ANY ({numbers})"""


def unload(statement: Statement, session: Session) -> str:
    """UNLOAD ('query') TO 's3://bucket/prefix' authorization [options]."""
    command = parse(statement)
    query = _parse_query(command.query, session)
    if isinstance(command.authorization, RoleAuthorization):
        require_assumerole(session, command.authorization.arns, "UNLOAD")
    destination = Destination(command, session.settings, session.meter.cluster.wait_for_s3)
    destination.check_empty()
    with rewritten(query, session, writes=True) as (select, _):
        _Unload(session, command, destination).run(select.sql.text)
    rows = session.last_unload.count
    session.notice(f"UNLOAD completed, {rows} record(s) unloaded successfully.")
    return "UNLOAD"


def _parse_query(text: str, session: Session) -> Statement:
    statements = split(text, case_sensitive=session.case_sensitive)
    if len(statements) != 1:
        raise RedshiftError("UNLOAD takes one query", sqlstate="42601")
    query = statements[0]
    first = query.tokens[0]
    if not (first.is_word("select", "with") or first.is_operator("(")):
        raise RedshiftError("UNLOAD takes a SELECT statement", sqlstate="42601")
    _refuse_limit(query)
    return query


def _refuse_limit(query: Statement) -> None:
    """Refuse LIMIT and TOP in the outer SELECT, in parentheses or not."""
    outer = 0
    while query.tokens[outer].is_operator("(") and query.tokens[-1 - outer].is_operator(")"):
        outer += 1
    depth = 0
    for token in query.tokens:
        depth += token.is_operator("(") - token.is_operator(")")
        if depth <= outer and token.is_word("limit", "top"):
            raise NotSupportedError("Limit clause is not supported in the outer SELECT of UNLOAD")


class _Unload:
    def __init__(
        self, session: Session, command: UnloadStatement, destination: Destination
    ) -> None:
        self._session = session
        self._command = command
        self._destination = destination
        self._started = str(now())

    def run(self, select: str) -> None:
        """Unload the rows of a query; record the unload, even if it fails."""
        session = self._session
        session.run(f"DECLARE {CURSOR} NO SCROLL CURSOR FOR {select}")
        columns = _read_columns(session)
        check_types(columns, self._command.form, self._command.text.widths)
        with ExitStack() as spools:
            files = Files(
                self._command,
                columns,
                session.settings.slices,
                lambda: spools.enter_context(tempfile.SpooledTemporaryFile(MEGABYTE)),
            )
            session.last_unload.copy_id = session.query_id
            try:
                complete = self._write(files, columns)
            except (RedshiftError, BackendError) as error:
                session.last_unload.count = 0
                self._record([], 0, error.message)
                raise
        session.run(f"CLOSE {CURSOR}")
        session.last_unload.count = files.rows
        self._record(complete, files.rows, None)

    def _write(self, files: Files, columns: Sequence[ResultColumn]) -> list[UnloadedFile]:
        for row in _rows(self._session):
            files.add(row)
        complete = files.complete()
        listed = self._command.manifest
        self._destination.write(
            complete, manifest(self._command, columns, complete) if listed else None
        )
        return complete

    def _record(self, files: Sequence[UnloadedFile], rows: int, error: str | None) -> None:
        session = self._session
        statements = record(
            self._command,
            files,
            rows,
            error,
            user=quoted(session.user),
            query_id=session.query_id,
            session_id=session.backend.process_id,
            database=session.database,
            started=self._started,
        )
        with closing(session.superuser_backend()) as journal:
            journal.execute(statements)


def _read_columns(session: Session) -> list[ResultColumn]:
    described = session.backend.describe(f"FETCH 0 FROM {CURSOR}")
    numbers = [str(number) for _, number, _ in described]
    named = session.query(fill(_TYPE_NAMES, numbers=numbers))
    names = {number: name or "" for number, name in named}
    return [
        ResultColumn(NAMES.restored(name), result_type(names[str(number)], modifier))
        for name, number, modifier in described
    ]


def _rows(session: Session) -> Iterator[Row]:
    """Yield the cursor's rows, with dates in ISO's format."""
    with _iso_dates(session):
        while rows := session.query(f"FETCH {BATCH_ROWS} FROM {CURSOR}"):
            yield from rows


@contextmanager
def _iso_dates(session: Session) -> Iterator[None]:
    ((before,),) = session.query("SHOW DateStyle")
    session.run("SET LOCAL DateStyle = ISO")
    yield
    session.run(f"SET LOCAL DateStyle = {literal(before or 'ISO')}")
