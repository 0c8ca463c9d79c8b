"""INSERT, UPDATE, DELETE, LOCK and TRUNCATE: one writer of a table at a time, until it commits.

https://docs.aws.amazon.com/redshift/latest/dg/c_serial_isolation.html
"""

from __future__ import annotations

from redshift_emulator.language.errors import RedshiftError
from redshift_emulator.language.fill import fill
from redshift_emulator.language.parser import Name, Parser
from redshift_emulator.language.queries.catalog_names import is_catalog
from redshift_emulator.language.queries.expressions import Rewriter
from redshift_emulator.language.tokens import Statement, quoted, syntax_error
from redshift_emulator.session.relations import TABLE, Relation, find_one
from redshift_emulator.session.session import Session
from redshift_emulator.statements.select import resolved


def lock_for_writing(session: Session, name: Name) -> None:
    """Wait for a table's other writers; readers go on.

    Comes before anything that would take the snapshot, so that a transaction that begins with a
    write sees all that the writer before it has committed.
    """
    if is_catalog(name):
        message = f"permission denied for relation {name.name}"
        raise RedshiftError(message, sqlstate="42501")
    session.engine(f"LOCK TABLE {name.sql} IN EXCLUSIVE MODE", search=name.schema is None)


def writable(session: Session, name: Name, verb: str) -> Relation:
    """Lock a table and make sure that it is one."""
    lock_for_writing(session, name)
    relation = find_one(session, name)
    if relation.kind != TABLE:
        raise RedshiftError(f"cannot {verb} a view", sqlstate="0A000")
    return relation


def insert(statement: Statement, session: Session) -> str:
    """INSERT INTO table [(columns)] { VALUES ... | query | DEFAULT VALUES }."""
    parser = Parser(statement, database=session.database)
    parser.expect("insert", "into")
    name = parser.take_qualified()
    names: tuple[str, ...] = ()
    following = parser.ahead(1)
    if parser.at_operator("(") and following and not following.is_word("select", "with"):
        names = parser.take_names()
    relation = writable(session, name, "insert into")
    leave_gap(session, relation)
    head = f"INSERT INTO {name.sql}"
    if names:
        head += f" ({', '.join(quoted(column) for column in names)})"
    if parser.accept("default", "values"):
        parser.expect_end()
        return session.relay(f"{head} DEFAULT VALUES")
    if not (any(map(parser.at, ("values", "select", "with"))) or parser.at_operator("(")):
        raise parser.fail()
    rows = parser.at("values")
    with resolved(statement, session, parser.position, writes=not rows) as (query, _):
        return session.relay(query.sql.after(f"{head} "))


def update(statement: Statement, session: Session) -> str:
    """UPDATE table SET ... [FROM ...] [WHERE ...]."""
    return _change(statement, session, "update")


def delete(statement: Statement, session: Session) -> str:
    """DELETE [FROM] table [USING ...] [WHERE ...]."""
    return _change(statement, session, "delete from")


def _change(statement: Statement, session: Session, verb: str) -> str:
    tables = Rewriter(statement).shape.tables
    if not tables:
        raise syntax_error(statement.tokens[-1].value)
    writable(session, tables[0].name, verb)
    with resolved(statement, session, writes=False) as (query, _):
        return session.relay(query.sql)


def lock(statement: Statement, session: Session) -> str:
    """LOCK [TABLE] table, ...: against readers and writers. It takes no snapshot."""
    if not session.block:
        message = "LOCK TABLE may only be used in transaction blocks"
        raise RedshiftError(message, sqlstate="25P01")
    parser = Parser(statement, database=session.database)
    parser.expect("lock")
    parser.accept("table")
    names = [parser.take_qualified()]
    while parser.accept_operator(","):
        names.append(parser.take_qualified())
    parser.expect_end()
    for name in names:
        session.run(f"LOCK TABLE {name.sql} IN ACCESS EXCLUSIVE MODE")
    return "LOCK TABLE"


def truncate(statement: Statement, session: Session) -> str:
    """TRUNCATE [TABLE] table: empties it and commits, whatever else the transaction has done."""
    parser = Parser(statement, database=session.database)
    parser.expect("truncate")
    parser.accept("table")
    name = parser.take_qualified()
    parser.expect_end()
    session.run(f"TRUNCATE TABLE {name.sql}")
    session.commit_here()
    return "TRUNCATE TABLE"


def leave_gap(session: Session, relation: Relation) -> None:
    """Skip a value of each identity column: Redshift's are unique, not consecutive."""
    query = (
        "SELECT s.oid::regclass FROM pg_catalog.pg_depend AS d"
        " JOIN pg_catalog.pg_class AS s ON s.oid = d.objid AND s.relkind = 'S'"
        " WHERE d.refobjid = {oid} AND d.deptype = 'i'"
    )
    for (sequence,) in session.rows(fill(query, oid=relation.oid)):
        session.engine(fill("SELECT nextval({sequence})", sequence=sequence))
