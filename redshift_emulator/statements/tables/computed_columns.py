"""The columns of CREATE TABLE AS, with the types that Redshift documents for computed values.

https://docs.aws.amazon.com/redshift/latest/dg/r_CREATE_TABLE_AS.html
https://docs.aws.amazon.com/redshift/latest/dg/r_numeric_computations201.html
"""

from redshift_emulator.language.computed.decimals import Computed, Decimal, Text
from redshift_emulator.language.computed.types import column
from redshift_emulator.language.errors import NotSupportedError
from redshift_emulator.language.parser import Name
from redshift_emulator.language.table_definition import Column
from redshift_emulator.language.type_names import LONGEST_VARCHAR
from redshift_emulator.language.types import RedshiftType
from redshift_emulator.session.relations import read_columns
from redshift_emulator.session.session import Session
from redshift_emulator.statements.queries.analysis import analyze_view

_LONGEST = RedshiftType("varchar", LONGEST_VARCHAR)
_DECIMAL = RedshiftType("decimal")


def computed_columns(session: Session, view: Name) -> tuple[Column, ...]:
    """Return the columns of a view, with lengths, precisions and scales."""
    columns = tuple(Column(each.name, each.type) for each in read_columns(session, view))
    if all(each.type not in {_LONGEST, _DECIMAL} for each in columns):
        return columns
    query = analyze_view(session, view.sql)
    return tuple(
        Column(each.name, _type(each, column(query, place))) for place, each in enumerate(columns)
    )


def _type(found: Column, computed: Computed) -> RedshiftType:
    """Return the type of a column; refuse a computed type that is not known."""
    if found.type not in {_LONGEST, _DECIMAL}:
        return found.type
    match computed:
        case Decimal(precision, scale):
            return RedshiftType("decimal", precision=precision, scale=scale)
        case Text(width):
            return RedshiftType("varchar", width)
    what = "width" if found.type == _LONGEST else "precision"
    into = "VARCHAR(n)" if found.type == _LONGEST else "DECIMAL(precision, scale)"
    raise NotSupportedError(
        f'the {what} of the computed column "{found.name}": not supported by the emulator',
        hint=f"Cast the column to {into}.",
    )
