"""SHOW PARAMETERS: the arguments of a function or a procedure.

https://docs.aws.amazon.com/redshift/latest/dg/r_SHOW_PARAMETERS.html
"""

from collections.abc import Sequence
from dataclasses import dataclass

from redshift_emulator.language.errors import RedshiftError
from redshift_emulator.language.fill import fill
from redshift_emulator.language.parser import Parser
from redshift_emulator.language.procedures.arguments import (
    Argument,
    input_types,
    listed_arguments,
    parse_arguments,
)
from redshift_emulator.language.tokens import Statement
from redshift_emulator.session.session import Session

_KINDS = {"function": "f", "procedure": "p"}
_FIND = """
SELECT p.oid, n.nspname, p.proname, u.arguments,
    pg_has_role(p.proowner, 'USAGE') OR has_schema_privilege(n.oid, 'USAGE')
        AND has_function_privilege(p.oid, 'EXECUTE')
FROM pg_catalog.pg_proc AS p
JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace
LEFT JOIN pg_internal.user_procedure AS u ON u.oid = p.oid
WHERE p.oid = to_regprocedure({signature}) AND p.prokind = {kind}
    AND pg_internal.is_users_schema(p.pronamespace)"""
_SELECT = """
SELECT current_database()::text AS database_name, {schema}::text AS schema_name,
    {name}::text AS {column:name}, parameter_name, ordinal_position, parameter_type, data_type,
    CASE WHEN data_type LIKE 'character%' THEN coalesce(length, -1) END
        AS character_maximum_length,
    CASE data_type WHEN 'smallint' THEN 16 WHEN 'integer' THEN 32 WHEN 'bigint' THEN 64
        WHEN 'real' THEN 24 WHEN 'double precision' THEN 53 WHEN 'numeric' THEN precision
        END AS numeric_precision,
    CASE WHEN data_type IN ('smallint', 'integer', 'bigint') THEN 0
        WHEN data_type = 'numeric' THEN scale END AS numeric_scale
FROM pg_internal.routine_parameter
CROSS JOIN LATERAL (SELECT
    coalesce(({names})[ordinal_position], '') AS parameter_name,
    nullif(({lengths})[ordinal_position], '')::integer AS length,
    nullif(({precisions})[ordinal_position], '')::integer AS precision,
    nullif(({scales})[ordinal_position], '')::integer AS scale
) AS written
WHERE oid = {oid}::oid AND parameter_name LIKE {pattern}
ORDER BY ordinal_position"""


@dataclass(frozen=True, slots=True)
class Routine:
    """A function or a procedure, by ``kind``."""

    kind: str
    oid: int = 0
    schema: str = ""
    name: str = ""


def show_parameters(statement: Statement, session: Session) -> str:
    """SHOW PARAMETERS OF { FUNCTION | PROCEDURE } name (type, ...) [LIKE pattern]."""
    parser = Parser(statement, database=session.database)
    parser.expect("show", "parameters", "of")
    kind = parser.accept_any(*_KINDS)
    if kind is None:
        raise parser.fail()
    called = parser.take_qualified()
    types = f"({input_types(parse_arguments(parser))})"
    pattern = parser.take_string() if parser.accept("like") else "%"
    parser.expect_end()
    rows = session.query(fill(_FIND, signature=f"{called.sql}{types}", kind=_KINDS[kind]))
    if not rows:
        session.relay(select_parameters(Routine(kind)))
        return "SHOW"
    ((oid, schema, name, listed, may_see),) = rows
    if may_see != "t":
        raise RedshiftError(f"permission denied for {kind} {called}", sqlstate="42501")
    arguments = listed_arguments(listed or "()", case_sensitive=session.case_sensitive)
    routine = Routine(kind, int(oid or 0), schema or "", name or "")
    session.relay(select_parameters(routine, arguments, pattern))
    return "SHOW"


def select_parameters(
    routine: Routine, arguments: Sequence[Argument] = (), pattern: str = ""
) -> str:
    """Return the query of a routine's parameters.

    Redshift does not keep the lengths, precisions and scales of functions.
    https://github.com/aws/amazon-redshift-python-driver/blob/master/test/integration/metadata/test_metadataAPI_functions.py
    """
    types = [argument.type for argument in arguments if routine.kind == "procedure"]
    return fill(
        _SELECT,
        oid=routine.oid,
        schema=routine.schema,
        name=routine.name,
        column=f"{routine.kind}_name",
        pattern=pattern,
        names=[argument.name for argument in arguments],
        lengths=[_number(each.length) for each in types],
        precisions=[_number(each.precision) for each in types],
        scales=[_number(each.scale) for each in types],
    )


def _number(value: int | None) -> str:
    return "" if value is None else str(value)
