"""Functions of the leader node, which statements on users' tables cannot call.

https://docs.aws.amazon.com/redshift/latest/dg/c_SQL_functions_leader_node_only.html
"""

from redshift_emulator.language.errors import NotSupportedError
from redshift_emulator.language.queries.names.functions import LEADER_WORDS
from redshift_emulator.language.queries.refused.joined_catalog import JOINED
from redshift_emulator.language.queries.text.rewriting import Query
from redshift_emulator.session.session import Session

LEADER_ONLY = (
    "Specified types or functions (one per INFO message) not supported on Amazon Redshift tables."
)


def refuse_leader_only(session: Session, query: Query, *, of_tables: bool) -> None:
    """Refuse the functions of a query, but CURRENT_TIMESTAMP if it writes and reads no tables.

    https://github.com/liquibase/liquibase-redshift/issues/9 (NOW() in VALUES)
    https://github.com/salsita/node-pg-migrate/pull/766 (CURRENT_TIMESTAMP in VALUES)
    https://github.com/dbt-labs/dbt-adapters/blob/main/dbt-tests-adapter/src/dbt/tests/adapter/basic/files.py
    (CURRENT_TIMESTAMP in CREATE TABLE AS)
    """
    accepted = JOINED if of_tables else LEADER_WORDS
    names = [name for name in query.leader_only if name not in accepted]
    for name in names:
        session.notice(f'Function or table "{name}" not supported.')
    if names:
        raise NotSupportedError(LEADER_ONLY)
