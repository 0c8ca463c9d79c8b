"""The texts of expressions as a query writes them."""

from functools import cached_property

from sqlglot import exp

from pipeline.designs.queries.tokens import CLOSING, OPENING, positions

_BEFORE = frozenset({"select", "distinct", "all"})


class Texts:
    """The text of one query, for its expressions."""

    def __init__(self, sql: str) -> None:
        self.sql = sql

    @cached_property
    def _tokens(self) -> tuple[tuple[str, int, int], ...]:
        return tuple(positions(self.sql))

    @cached_property
    def _places(self) -> dict[int, int]:
        """The number of each token by its start."""
        return {start: number for number, (_, start, _) in enumerate(self._tokens)}

    def of(self, projection: exp.Expr) -> str:
        """Return the text of a returned column before AS, empty if it has no name.

        ``SELECT a, SUM(b) AS total`` gives ``SUM(b)`` for ``total``.
        """
        name = projection.args.get("alias")
        start = name.meta.get("start") if isinstance(name, exp.Identifier) else None
        number = self._places.get(-1 if start is None else start)
        if number is None:
            return ""
        last = number - 1 if self._tokens[number - 1][0] == "as" else number
        first, depth = last, 0
        while first:
            word = self._tokens[first - 1][0]
            depth += (word in CLOSING) - (word in OPENING)
            if depth < 0 or (depth == 0 and (word == "," or word in _BEFORE)):
                break
            first -= 1
        if first == last:
            return ""
        return self.sql[self._tokens[first][1] : self._tokens[last - 1][2]]
