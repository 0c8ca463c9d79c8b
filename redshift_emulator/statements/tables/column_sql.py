"""Columns of Redshift as PostgreSQL's: types, and checks for what PostgreSQL's types accept.

Example: ``a varchar(5)`` becomes
``"a" varchar(5) CONSTRAINT rs_1_varchar_5 CHECK (octet_length("a") <= 5)``.
"""

from redshift_emulator.language.queries.expressions import Rewriter
from redshift_emulator.language.queries.text.rewriting import Given
from redshift_emulator.language.table_definition import Column, Identity
from redshift_emulator.language.tokens import Kind, Statement, quoted
from redshift_emulator.language.type_names import backend_type
from redshift_emulator.language.types import RedshiftType

LARGEST_INT32 = 2_147_483_647
LARGEST_INT64 = 9_223_372_036_854_775_807
_TIMES = frozenset({"timestamp", "timestamptz"})


def column_sql(statement: Statement, column: Column, number: int) -> str:
    """Render a column with its check; ``number`` makes the check's name unique in the table."""
    parts = [quoted(column.name), _stored_type(column.type)]
    if column.identity is not None:
        parts.append(_identity_sql(column.identity, column.type.name))
    if column.default is not None:
        first, last = column.default
        # a literal is a string of a SUPER, which PostgreSQL would parse as JSON
        is_string = column.type.name == "super" and last == first + 1
        is_string = is_string and statement.tokens[first].kind is Kind.STRING
        given = Given(supers=frozenset({first} if is_string else ()))
        parts.append(f"DEFAULT {Rewriter(statement, first, last, given).query().sql.text}")
    if column.not_null:
        parts.append("NOT NULL")
    check = check_sql(column.name, column.type, number)
    return " ".join([*parts, check] if check else parts)


def _stored_type(found: RedshiftType) -> str:
    """Return the type of a column; that of a TIMETZ has a cast to UTC, in ``8_casts.sql``."""
    return "timetz(6)" if found.name == "timetz" else backend_type(found)


def check_sql(name: str, found: RedshiftType, number: int) -> str:
    """Render the check that a type needs in PostgreSQL, or an empty string.

    ``session.error_messages`` translates a violation by the constraint's name: of
    ``rs_1_varchar_5`` to "value too long for type character varying(5)".
    """
    column = quoted(name)
    match found.name:
        case "varchar" if found.length is None:
            return ""
        case "varchar" | "varbyte":
            kind, condition = (
                f"{found.name}_{found.length}",
                f"octet_length({column}) <= {found.length}",
            )
        case "char":
            # PostgreSQL pads with blanks to the length in characters
            kind, condition = "char", f"octet_length({column}) = {found.length}"
        case "decimal" if found.precision == 19:
            limit = f"{LARGEST_INT64}e-{found.scale}"
            kind, condition = "decimal", f"{column} BETWEEN -{limit} AND {limit}"
        case "decimal":
            kind, condition = "decimal", f"{column} <> 'NaN'"
        case "date":
            # https://docs.aws.amazon.com/redshift/latest/dg/r_Datetime_types.html
            kind, condition = "finite", f"isfinite({column}) AND {column} < '294277-01-01'"
        case time if time in _TIMES:
            kind, condition = "finite", f"isfinite({column})"
        case _:
            return ""
    return f"CONSTRAINT rs_{number}_{kind} CHECK ({condition})"


def unknown_width_check(name: str, length: int, number: int) -> str:
    """Render the check of a computed text, whose length in Redshift is not known.

    It is for later rows: none that the table has is longer.
    """
    condition = f"octet_length({quoted(name)}) <= {length}"
    return f"CONSTRAINT rs_{number}_computed_{length} CHECK ({condition}) NOT VALID"


def _identity_sql(identity: Identity, type_name: str) -> str:
    # the bounds allow a seed of 0 or less and a negative step
    largest = LARGEST_INT64 if type_name == "bigint" else LARGEST_INT32
    bounds = f"MINVALUE {-largest} MAXVALUE {largest}"
    options = f"START {identity.seed} INCREMENT {identity.step} {bounds}"
    kind = "ALWAYS" if identity.kind == "always" else "BY DEFAULT"
    return f"GENERATED {kind} AS IDENTITY ({options})"
