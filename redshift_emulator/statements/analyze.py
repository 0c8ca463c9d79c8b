"""ANALYZE: collects PostgreSQL's statistics of tables that changed enough since the last time.

https://docs.aws.amazon.com/redshift/latest/dg/r_ANALYZE.html
"""

from redshift_emulator.language.errors import NotSupportedError
from redshift_emulator.language.fill import fill
from redshift_emulator.language.parser import Parser
from redshift_emulator.language.tokens import Statement, quoted
from redshift_emulator.session.parameters import analyze_threshold
from redshift_emulator.session.session import Session

_IS_SKIPPED = """
SELECT 1 FROM pg_catalog.pg_stat_all_tables
WHERE relid = pg_catalog.to_regclass({name}) AND last_analyze IS NOT NULL
    AND 100.0 * n_mod_since_analyze < {percent:sql} * n_live_tup
"""


def analyze(statement: Statement, session: Session) -> str:
    """ANALYZE [VERBOSE] [table [(columns)]] [PREDICATE COLUMNS | ALL COLUMNS]."""
    parser = Parser(statement, database=session.database)
    parser.accept_any("analyze", "analyse")
    if parser.at("compression"):
        raise NotSupportedError("ANALYZE COMPRESSION: not supported by the emulator")
    parser.accept("verbose")
    target = name = ""
    if parser.peek is not None and not (parser.at("predicate") or parser.at("all")):
        name = parser.take_qualified().sql
        target = f" {name}"
        if parser.at_operator("("):
            target += f" ({', '.join(quoted(name) for name in parser.take_names())})"
    if parser.accept_any("predicate", "all"):
        parser.expect("columns")
    parser.expect_end()
    if not (name and _is_skipped(session, name)):
        session.run(f"ANALYZE{target}")
    return "ANALYZE"


def _is_skipped(session: Session, name: str) -> bool:
    """Return whether too few rows changed since the last ANALYZE.

    PostgreSQL counts the changes of a transaction when it has ended: here those of this session,
    and those of others within a second.
    """
    if session.in_block:
        return False
    flush, begin = "SELECT pg_catalog.pg_stat_force_next_flush()", f"BEGIN; {session.acting_as}"
    for statement in (flush, "COMMIT", begin):
        session.backend.execute(statement)
    query = fill(_IS_SKIPPED, name=name, percent=analyze_threshold(session))
    return bool(session.query(query))
