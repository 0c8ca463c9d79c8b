"""SHOW with parameters of a driver, which asks for the columns of the rows before it gives values.

https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-EXT-QUERY
"""

from redshift_emulator.language.errors import RedshiftError
from redshift_emulator.language.tokens import Statement
from redshift_emulator.session.session import Session
from redshift_emulator.statements.show_grants import OF_DATABASE, OF_GRANTEE, OF_OBJECT
from redshift_emulator.statements.show_parameters import Routine, select_parameters

_OF_VIEW = "SELECT * FROM pg_internal.show_"
_OF_GRANTS = "FROM pg_internal.show_grants"
_SELECTS = {
    ("databases",): f"{_OF_VIEW}databases",
    ("schemas",): f"{_OF_VIEW}schemas",
    ("tables",): f"{_OF_VIEW}tables",
    ("columns",): f"{_OF_VIEW}columns",
    ("procedures",): f"{_OF_VIEW}procedures",
    ("functions",): f"{_OF_VIEW}functions",
    ("constraints", "primary"): f"{_OF_VIEW}primary_keys",
    ("constraints", "foreign"): f"{_OF_VIEW}foreign_keys",
    ("column", "grants"): f"{_OF_VIEW}column_grants",
    ("grants", "on", "database"): f"SELECT {OF_DATABASE} {_OF_GRANTS}",
    ("grants", "on"): f"SELECT {OF_OBJECT} {_OF_GRANTS}",
    ("grants", "for"): f"SELECT {OF_GRANTEE} {_OF_GRANTS}",
    ("parameters", "of", "function"): select_parameters(Routine("function")),
    ("parameters", "of", "procedure"): select_parameters(Routine("procedure")),
}


def describe_show(statement: Statement, session: Session) -> str:
    """Describe a SHOW whose parameters have no values yet; otherwise, they never will."""
    words = statement.words(4)[1:]
    selects = (select for head, select in _SELECTS.items() if words[: len(head)] == head)
    select = next(selects, None)
    if select is None or not session.describes:
        missing = statement.parameters[0].value
        raise RedshiftError(f"there is no parameter {missing}", sqlstate="42P02")
    session.relay(select)
    return "SHOW"
