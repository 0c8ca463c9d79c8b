"""INSERT, UPDATE and DELETE: a table has one writer at a time, which holds it until it commits.

https://docs.aws.amazon.com/redshift/latest/dg/c_serial_isolation.html
"""

from itertools import pairwise

from redshift_emulator.language.errors import NotSupportedError
from redshift_emulator.language.fill import fill
from redshift_emulator.language.parser import Name, Parser
from redshift_emulator.language.queries.expressions import Rewriter
from redshift_emulator.language.queries.text.changes import find_change, take_insert
from redshift_emulator.language.tokens import Statement, syntax_error
from redshift_emulator.session.query_steps import DELETE, INSERT, note_steps
from redshift_emulator.session.relations import Relation, check_writable, refuse_catalog
from redshift_emulator.session.session import Session
from redshift_emulator.statements.queries.refusals import check_databases
from redshift_emulator.statements.queries.rewrite import rewritten

_SKIP = "SELECT nextval({sequence}) WHERE pg_sequence_last_value({sequence}::regclass) IS NOT NULL"


def lock_for_writing(session: Session, name: Name) -> None:
    """Wait for a table's other writers; readers are not blocked.

    Must run before any statement that takes the snapshot: a transaction that begins with a write
    then sees all that the previous writer has committed.
    """
    refuse_catalog(name)
    session.run_as_engine(f"LOCK TABLE {name.sql} IN EXCLUSIVE MODE", search=name.schema is None)


def find_writable(session: Session, name: Name, verb: str) -> Relation:
    """Lock a relation for writing and find it; it must be a table."""
    lock_for_writing(session, name)
    return check_writable(session, name, verb)


def insert(statement: Statement, session: Session) -> str:
    """INSERT INTO table [(columns)] { VALUES ... | query | DEFAULT VALUES }."""
    parser = Parser(statement, database=session.database)
    name, head = take_insert(parser)
    relation = find_writable(session, name, "insert into")
    note_steps(session, relation, INSERT)
    skip_identity_values(session, relation)
    if parser.accept("default", "values"):
        parser.expect_end()
        return session.relay(f"{head} DEFAULT VALUES")
    if not (any(map(parser.at, ("values", "select", "with"))) or parser.at_operator("(")):
        raise parser.fail()
    head += " "
    with rewritten(statement, session, parser.position, writes=True, head=head) as (query, _):
        return session.relay(query.sql.after(head))


def update(statement: Statement, session: Session) -> str:
    """[WITH ...] UPDATE table SET ... [FROM ...] [WHERE ...]."""
    _refuse_outer_join(statement)
    return _change(statement, session, "update")


def _refuse_outer_join(statement: Statement) -> None:
    """Refuse outer joins of UPDATE itself; its subqueries may have them."""
    depth = 0
    for token, following in pairwise(statement.tokens):
        depth += token.is_operator("(") - token.is_operator(")")
        outer = token.is_word("left", "right", "full") and following.is_word("outer", "join")
        if depth == 0 and outer:
            message = "Target table must be part of an equijoin predicate"
            raise NotSupportedError(message, hint="Use a subquery instead of the outer join.")


def delete(statement: Statement, session: Session) -> str:
    """[WITH ...] DELETE [FROM] table [USING ...] [WHERE ...]."""
    return _change(statement, session, "delete from")


def _change(statement: Statement, session: Session, verb: str) -> str:
    tables = Rewriter(statement).shape.tables
    targets = [table for table in tables if table.first > find_change(statement)]
    if not targets:
        raise syntax_error(statement.tokens[-1].value)
    check_databases(tables, session)
    relation = find_writable(session, targets[0].name, verb)
    note_steps(session, relation, DELETE, *([INSERT] if verb == "update" else []))
    with rewritten(statement, session, writes=False) as (query, _):
        return session.relay(query.sql)


def skip_identity_values(session: Session, relation: Relation) -> None:
    """Skip a value of each identity column that has values: they are unique, not consecutive.

    The first value is the seed.
    """
    query = (
        "SELECT s.oid::regclass FROM pg_catalog.pg_depend AS d"
        " JOIN pg_catalog.pg_class AS s ON s.oid = d.objid AND s.relkind = 'S'"
        " WHERE d.refobjid = {oid} AND d.deptype = 'i'"
    )
    for (sequence,) in session.query(fill(query, oid=relation.oid)):
        session.run_as_engine(fill(_SKIP, sequence=sequence))
