"""COMMENT.

https://docs.aws.amazon.com/redshift/latest/dg/r_COMMENT.html
"""

from redshift_emulator.language.errors import NotSupportedError, RedshiftError
from redshift_emulator.language.fill import fill
from redshift_emulator.language.parser import Parser
from redshift_emulator.language.tokens import Statement, literal, quoted
from redshift_emulator.session.relations import MATERIALIZED_VIEW, find_one, require_owner
from redshift_emulator.session.session import Session

_KEY = "SELECT oid FROM pg_internal.key_constraint WHERE conrelid = {oid} AND conname = {name}"
_COMMENT = """
SELECT pg_internal.comment_on_key(oid, {text:sql}) FROM pg_internal.key_constraint
WHERE conrelid = {oid} AND conname = {name}"""


def comment(statement: Statement, session: Session) -> str:
    """COMMENT ON { TABLE | COLUMN | VIEW | DATABASE | CONSTRAINT } object IS { 'text' | NULL }.

    A materialized view is a view, as in PG_CLASS.
    """
    parser = Parser(statement, database=session.database)
    parser.expect("comment", "on")
    if parser.accept("constraint"):
        return _comment_on_key(parser, session)
    kind = parser.accept_any("table", "column", "view", "database")
    if kind is None:
        raise NotSupportedError(
            "COMMENT is supported on tables, columns, constraints, views and the database only"
        )
    if kind == "column":
        names = [parser.take_name()]
        while parser.accept_operator("."):
            names.append(parser.take_type_word())
        what = ".".join(quoted(name) for name in names)
    elif kind == "database":
        what = quoted(parser.take_name())
    else:
        name = parser.take_qualified()
        what = name.sql
        if kind == "view" and find_one(session, name).kind == MATERIALIZED_VIEW:
            kind = "materialized view"
    session.run(f"COMMENT ON {kind.upper()} {what} IS {_take_text(parser)}")
    return "COMMENT"


def _take_text(parser: Parser) -> str:
    parser.expect("is")
    text = "NULL" if parser.accept("null") else literal(parser.take_string())
    parser.expect_end()
    return text


def _comment_on_key(parser: Parser, session: Session) -> str:
    """Run ``name ON table IS { 'text' | NULL }``."""
    name = parser.take_name()
    parser.expect("on")
    table = find_one(session, parser.take_qualified())
    text = _take_text(parser)
    require_owner(session, table)
    if not session.query(fill(_KEY, oid=table.oid, name=name)):
        message = f'constraint "{name}" for table "{table.name.name}" does not exist'
        raise RedshiftError(message, sqlstate="42704")
    session.run_as_engine(fill(_COMMENT, oid=table.oid, name=name, text=text))
    return "COMMENT"
