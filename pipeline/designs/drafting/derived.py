"""Draft the design of a derived table from its query."""

from collections.abc import Iterable
from dataclasses import dataclass

from pipeline.designs.drafting.draft import Draft
from pipeline.designs.model.design import Attributes, Column, Design
from pipeline.designs.model.types import MAX_VARCHAR, parse_type
from pipeline.designs.queries.keys import Proof
from pipeline.names import TableName, fold

DESCRIPTION = "TODO: what a row is"

UNSIZED = "numeric(38,10)"
"""For a number whose precision the server does not know; Redshift always knows it."""

UNSIZED_NOTE = "The emulator does not know the precision; choose numeric(p,s)."
LONG_NOTE = "Text of unknown length; choose a size in bytes that fits."
UNKNOWN_NOTE = "The server names the type '{}', which no column can have; choose one."


@dataclass(frozen=True, slots=True)
class QueryColumn:
    """A column that the warehouse says a query returns; ``type`` as FORMAT_TYPE writes it."""

    name: str
    type: str


def draft_derived(
    name: TableName, stem: str, columns: Iterable[QueryColumn], proof: Proof
) -> Draft:
    """Draft a derived table with the columns of its query, and the keys that its text proves."""
    notes: dict[str, str] = {}
    drafted = tuple(_column(each, proof, notes) for each in columns)
    design = Design(
        name=name,
        kind="CTAS",
        stem=stem,
        columns=drafted,
        constraints=proof.constraints,
        attributes=Attributes(distribution="auto"),
        description=DESCRIPTION,
    )
    reason = "Redshift chooses; for joins of large tables, name the column that they join on."
    return Draft(design, notes, reason)


def _column(found: QueryColumn, proof: Proof, notes: dict[str, str]) -> Column:
    name = fold(found.name)
    sql_type, note = _type(found.type)
    if note:
        notes[name] = note
    return Column(name, sql_type, not_null=name in proof.not_null)


def _type(found: str) -> tuple[str, str]:
    """Return Redshift's name of a type, ``varchar(63)`` for ``character varying(63)``; a note."""
    if found == "numeric":
        return UNSIZED, UNSIZED_NOTE
    try:
        sql_type = parse_type(found)
    except ValueError:
        return f"varchar({MAX_VARCHAR})", UNKNOWN_NOTE.format(found)
    is_long = sql_type.base == "varchar" and sql_type.sizes == (MAX_VARCHAR,)
    return str(sql_type), LONG_NOTE if is_long else ""
