"""CREATE TABLE AS.

https://docs.aws.amazon.com/redshift/latest/dg/r_CREATE_TABLE_AS.html
"""

from redshift_emulator.language.errors import NotSupportedError, RedshiftError
from redshift_emulator.language.fill import fill
from redshift_emulator.language.parser import Name, Parser
from redshift_emulator.language.table_attributes import merged, parse_attributes
from redshift_emulator.language.table_definition import Column
from redshift_emulator.language.tokens import Statement, quoted
from redshift_emulator.session.relations import read_columns
from redshift_emulator.session.session import Session
from redshift_emulator.statements.queries.rewrite import rewritten
from redshift_emulator.statements.tables.column_sql import column_sql
from redshift_emulator.statements.tables.new_table import NewTable, find_created
from redshift_emulator.statements.tables.properties import save_properties

_QUERY = Name("pg_temp", "ctas_query")


def create_table_as(statement: Statement, session: Session, parser: Parser, new: NewTable) -> str:
    """CREATE TABLE name [(names)] attributes AS query, from after the name on.

    Creates the table with the query's columns, then inserts the rows.
    """
    if new.if_not_exists:
        raise NotSupportedError("CREATE TABLE AS does not take IF NOT EXISTS")
    names = parser.take_names() if parser.at_operator("(") else ()
    given = parse_attributes(parser)
    parser.expect("as")
    if given.encode_auto:
        raise RedshiftError("CREATE TABLE AS does not take ENCODE", sqlstate="42601")
    listed = f" ({', '.join(quoted(name) for name in names)})" if names else ""
    with rewritten(statement, session, parser.position, writes=True) as (query, _):
        # the columns of a temporary view have the types of the query's columns
        session.relay(query.sql.after(f"CREATE TEMP VIEW {quoted(_QUERY.name)}{listed} AS "))
        columns = tuple(
            Column(column.name, column.type) for column in read_columns(session, _QUERY)
        )
        given = merged(columns, given)
        lines = [column_sql(statement, column, number) for number, column in enumerate(columns, 1)]
        session.run(f"{new.head} ({', '.join(lines)})")
        table = find_created(session, new)
        rows = fill("SELECT * FROM {query:sql}", query=_QUERY.sql)
        tag = session.relay(f"INSERT INTO {table.name.sql} {rows}")
        session.run(f"DROP VIEW {_QUERY.sql}")
    save_properties(session, table, columns, given)
    return f"SELECT {tag.rsplit(' ', 1)[-1]}"
