"""COMMENT.

https://docs.aws.amazon.com/redshift/latest/dg/r_COMMENT.html
"""

from redshift_emulator.language.errors import NotSupportedError
from redshift_emulator.language.parser import Parser
from redshift_emulator.language.tokens import Statement, literal, quoted
from redshift_emulator.session.relations import MATERIALIZED_VIEW, find_one
from redshift_emulator.session.session import Session


def comment(statement: Statement, session: Session) -> str:
    """COMMENT ON { TABLE | COLUMN | VIEW | DATABASE } object IS { 'text' | NULL }.

    A materialized view is a view, as in PG_CLASS.
    """
    parser = Parser(statement, database=session.database)
    parser.expect("comment", "on")
    kind = parser.accept_any("table", "column", "view", "database")
    if kind is None:
        raise NotSupportedError(
            "COMMENT: the emulator supports tables, columns, views and the database only"
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
    parser.expect("is")
    text = "NULL" if parser.accept("null") else literal(parser.take_string())
    parser.expect_end()
    session.run(f"COMMENT ON {kind.upper()} {what} IS {text}")
    return "COMMENT"
