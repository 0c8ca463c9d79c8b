"""The restriction of a dump to the rows at or behind a position of a cursor column."""

from dataclasses import dataclass

from pipeline.sql.statement import doubled, upstream_identifier


@dataclass(frozen=True, slots=True)
class Since:
    """The rows whose ``column`` is at or behind ``position``; with ``nulls`` also those without.

    ``type`` is the name of the position's type in ``pg_catalog``; an empty one leaves it to the
    server. Example: ``("updated_at" >= '2026-11-21 03:04:05.000006+00'::timestamptz OR
    "updated_at" IS NULL)``.
    """

    column: str
    position: str
    type: str = ""
    nulls: bool = False


def is_since(since: Since) -> str:
    """Return the condition for a template; equal values are included."""
    column = upstream_identifier(since.column)
    text = doubled(since.position.replace("'", "''"))
    cast = f"::{since.type}" if since.type else ""
    reached = f"{column} >= '{text}'{cast}"
    return f"({reached} OR {column} IS NULL)" if since.nulls else reached
