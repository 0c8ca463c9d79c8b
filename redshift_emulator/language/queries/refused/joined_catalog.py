"""The tables of the catalog in queries of users' tables.

https://docs.aws.amazon.com/redshift/latest/dg/c_join_PG.html
"""

from collections.abc import Sequence
from itertools import pairwise

from redshift_emulator.language.parser import Name
from redshift_emulator.language.queries.text.scan import Shape, TableReference
from redshift_emulator.language.tokens import Token
from redshift_emulator.language.words import words

# Those that are accessible partly: the columns of other types, and those that functions compute.
_PARTLY = {
    "pg_class": words("relacl"),
    "pg_constraint": words("conkey confkey"),
    "pg_database": words("datacl datconfig datvacuumxid datfrozenxid"),
    "pg_group": words("grolist"),
    "pg_language": words("lanacl"),
    "pg_namespace": words("nspacl"),
    "pg_operator": words("oprcode oprrest oprjoin"),
    "pg_proc": words("proargtypes proargnames proallargtypes proargmodes proacl probin"),
    "pg_settings": frozenset[str](),
    "pg_tables": words("tableowner"),
    "pg_type": words("typinput typoutput typreceive typsend typanalyze"),
    "pg_user": words("valuntil useconfig"),
    "pg_views": words("viewowner definition"),
}
_WHOLLY = words("pg_attribute pg_cast pg_depend pg_description pg_locks pg_opclass")
JOINED = _WHOLLY | _PARTLY.keys()
"""The tables that can be joined with users' tables."""


def is_leader_only(name: Name) -> bool:
    """Return whether a catalog table is on the leader node."""
    return name.schema == "information_schema" or name.name.startswith("pg_")


def of_leader_node(table: TableReference, shape: Shape, tokens: Sequence[Token]) -> list[str]:
    """Return a catalog table and the columns of it that no query of users' tables may name."""
    name = table.name.name
    if not is_leader_only(table.name):
        return []
    refused = _PARTLY.get(name, frozenset())
    columns = sorted({token.value for token in tokens if token.value in refused})
    if refused and _takes_all(table, shape, tokens):
        columns.append("*")
    return [name, *columns]


def _takes_all(table: TableReference, shape: Shape, tokens: Sequence[Token]) -> bool:
    """Return whether ``*`` or ``t.*`` is an item of the query that reads the table."""
    around = [first for first, last in shape.pairs.items() if first < table.first < last]
    inside = [tokens[index] for index in shape.outer(max(around, default=-1), table.first)]
    return any(
        token.is_operator("*")
        and (before.is_operator(",", ".") or before.is_word("select", "all", "distinct"))
        for before, token in pairwise(inside)
    )
