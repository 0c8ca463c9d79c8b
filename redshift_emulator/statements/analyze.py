"""ANALYZE: collects PostgreSQL's statistics.

https://docs.aws.amazon.com/redshift/latest/dg/r_ANALYZE.html
"""

from redshift_emulator.language.errors import NotSupportedError
from redshift_emulator.language.parser import Parser
from redshift_emulator.language.tokens import Statement, quoted
from redshift_emulator.session.session import Session


def analyze(statement: Statement, session: Session) -> str:
    """ANALYZE [VERBOSE] [table [(columns)]] [PREDICATE COLUMNS | ALL COLUMNS]."""
    parser = Parser(statement, database=session.database)
    parser.accept_any("analyze", "analyse")
    if parser.at("compression"):
        raise NotSupportedError("ANALYZE COMPRESSION: not supported by the emulator")
    parser.accept("verbose")
    target = ""
    if parser.peek is not None and not (parser.at("predicate") or parser.at("all")):
        target = f" {parser.take_qualified().sql}"
        if parser.at_operator("("):
            target += f" ({', '.join(quoted(name) for name in parser.take_names())})"
    if parser.accept_any("predicate", "all"):
        parser.expect("columns")
    parser.expect_end()
    session.run(f"ANALYZE{target}")
    return "ANALYZE"
