"""EXPLAIN.

https://docs.aws.amazon.com/redshift/latest/dg/r_EXPLAIN.html
"""

from redshift_emulator.language.parser import Parser
from redshift_emulator.language.queries.text.changes import take_insert
from redshift_emulator.language.tokens import Statement
from redshift_emulator.session.relations import check_writable
from redshift_emulator.session.session import Session
from redshift_emulator.statements.queries.rewrite import rewritten


def explain(statement: Statement, session: Session) -> str:
    """EXPLAIN [VERBOSE] query: shows PostgreSQL's plan, not one like Redshift's."""
    parser = Parser(statement, database=session.database)
    parser.expect("explain")
    verbose = "VERBOSE " if parser.accept("verbose") else ""
    if parser.at("analyze") or parser.at_operator("("):
        raise parser.fail()
    head = ""
    if parser.at("insert"):
        name, head = take_insert(parser)
        check_writable(session, name, "insert into")
        head += " "
    with rewritten(statement, session, parser.position, head=head) as (query, _):
        return session.relay(query.sql.after(f"EXPLAIN {verbose}{head}"))
