"""A Redshift table as PostgreSQL's: types, and checks that enforce what its types do not."""

from __future__ import annotations

from redshift_emulator.language.fill import fill
from redshift_emulator.language.queries.expressions import Rewriter
from redshift_emulator.language.table_attributes import Attributes
from redshift_emulator.language.table_definition import Column, Identity
from redshift_emulator.language.tokens import Statement, quoted
from redshift_emulator.language.type_names import backend_type
from redshift_emulator.language.types import RedshiftType

LARGEST_INT32 = 2_147_483_647
LARGEST_INT64 = 9_223_372_036_854_775_807
_TIMES = frozenset({"date", "timestamp", "timestamptz"})
# https://docs.aws.amazon.com/redshift/latest/dg/c_Compression_encodings.html
_DEFAULT_ENCODING = {"super": "zstd", "char": "lzo", "varchar": "lzo", "varbyte": "lzo"}
_RAW = frozenset({"boolean", "real", "double precision"})


def column_sql(statement: Statement, column: Column, number: int) -> str:
    """Render a column with its checks; ``number`` makes their names unique in the table."""
    parts = [quoted(column.name), backend_type(column.type)]
    if column.identity is not None:
        parts.append(_identity(column.identity, column.type.name))
    if column.default is not None:
        parts.append(f"DEFAULT {default_sql(statement, column.default)}")
    if column.not_null:
        parts.append("NOT NULL")
    check = check_sql(column.name, column.type, number)
    return " ".join([*parts, check] if check else parts)


def default_sql(statement: Statement, place: tuple[int, int]) -> str:
    """Rewrite a default's expression."""
    first, last = place
    return Rewriter(statement, first, last).query().sql.text


def check_sql(name: str, found: RedshiftType, number: int) -> str:
    """Render the check that a type needs in PostgreSQL; the name says what has been violated."""
    column = quoted(name)
    match found.name:
        case "varchar" | "varbyte":
            kind, condition = (
                f"{found.name}_{found.length}",
                f"octet_length({column}) <= {found.length}",
            )
        case "char":
            # padded with blanks to its length in characters
            kind, condition = "char", f"octet_length({column}) = {found.length}"
        case "decimal" if found.precision == 19:
            limit = f"{LARGEST_INT64}e-{found.scale}"
            kind, condition = "decimal", f"{column} BETWEEN -{limit} AND {limit}"
        case "decimal":
            kind, condition = "decimal", f"{column} <> 'NaN'"
        case time if time in _TIMES:
            kind, condition = "finite", f"isfinite({column})"
        case _:
            return ""
    return f"CONSTRAINT rs_{number}_{kind} CHECK ({condition})"


def _identity(identity: Identity, type_name: str) -> str:
    # the bounds let in a seed of 0 or less, and a step downwards
    largest = LARGEST_INT64 if type_name == "bigint" else LARGEST_INT32
    bounds = f"MINVALUE {-largest} MAXVALUE {largest}"
    options = f"START {identity.seed} INCREMENT {identity.step} {bounds}"
    kind = "ALWAYS" if identity.kind == "always" else "BY DEFAULT"
    return f"GENERATED {kind} AS IDENTITY ({options})"


def remember_table(oid: int, given: Attributes) -> str:
    """Write the statement that keeps a table's attributes."""
    statement = (
        "INSERT INTO pg_internal.table_property (relid, diststyle, sortstyle, encode_auto, backup)"
        " VALUES ({oid}, {diststyle}, {sortstyle}, {encode_auto}, {backup})"
    )
    return fill(
        statement,
        oid=oid,
        diststyle=given.diststyle or "AUTO",
        sortstyle=given.sortstyle,
        encode_auto=given.encode_auto,
        backup=given.backup,
    )


def remember_columns(
    oid: int, columns: tuple[Column, ...], given: Attributes, *, temp: bool
) -> str:
    """Write the statement that keeps the columns' attributes."""
    rows = ", ".join(_column_row(column, given, temp=temp) for column in columns)
    statement = (
        "INSERT INTO pg_internal.column_property"
        " (relid, attnum, encoding, distkey, sortkey, varbyte, identity_seed, identity_step)"
        " SELECT a.attrelid, a.attnum, v.encoding, v.distkey, v.sortkey, v.varbyte, v.seed, v.step"
        " FROM (VALUES {rows:sql}) AS v (name, encoding, distkey, sortkey, varbyte, seed, step)"
        " JOIN pg_catalog.pg_attribute AS a ON a.attrelid = {oid} AND a.attname = v.name"
    )
    return fill(statement, rows=rows, oid=oid)


def _column_row(column: Column, given: Attributes, *, temp: bool) -> str:
    place = given.sortkey.index(column.name) + 1 if column.name in given.sortkey else 0
    if given.sortstyle == "INTERLEAVED" and place % 2 == 0:
        place = -place
    return fill(
        "({name}, {encoding}, {distkey}, {place}, {varbyte}::int, {seed}::bigint, {step}::bigint)",
        name=column.name,
        encoding=column.encoding or default_encoding(column, given, temp=temp),
        distkey=column.name == given.distkey,
        place=place,
        varbyte=column.type.length if column.type.name == "varbyte" else None,
        seed=column.identity.seed if column.identity else None,
        step=column.identity.step if column.identity else None,
    )


def default_encoding(column: Column, given: Attributes, *, temp: bool) -> str:
    """Choose the encoding of a column that names none, as Redshift documents its choice."""
    if temp or column.name in given.sortkey or column.type.name in _RAW:
        return "raw"
    return _DEFAULT_ENCODING.get(column.type.name, "az64")
