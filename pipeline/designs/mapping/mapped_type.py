"""The Redshift type that a PostgreSQL type maps to."""

from dataclasses import dataclass

from pipeline.designs.model.upstream import quoted


@dataclass(frozen=True, slots=True)
class MappedType:
    """A Redshift type, the expression that converts values to it, and a note.

    In the expression, %s is the column; None selects the column unchanged.
    """

    sql_type: str
    expression: str | None = None
    note: str | None = None

    def expression_for(self, column: str) -> str | None:
        """Return the expression over an upstream column."""
        if self.expression is None:
            return None
        return self.expression.replace("%s", quoted(column))
