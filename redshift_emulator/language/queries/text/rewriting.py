"""What the rewriting of a query needs, and what comes out of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from redshift_emulator.language.queries.text.scan import TableReference
from redshift_emulator.language.queries.text.splice import Spliced
from redshift_emulator.language.tokens import Kind, Token


@dataclass(frozen=True, slots=True)
class Query:
    """A rewritten query, with the facts that its execution depends on."""

    sql: Spliced
    relations: tuple[TableReference, ...]
    leader_only: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Given:
    """What the session knows about a statement.

    ``constants`` are values of functions, also by name and literal (``current_setting seed``);
    ``factors`` are multiplied with the dividends of divisions, by the token of ``/``;
    ``rounds`` is the parameter enable_numeric_rounding;
    ``reads``: the statement reads tables, though perhaps not in the part that is rewritten;
    ``supers`` are the tokens of the literals that become strings of SUPER;
    ``names`` are those of items of select lists, by the position behind the item;
    ``added`` are functions of users, as schema (or None) and name, whose calls stay as they are.
    """

    constants: Mapping[str, str] = field(default_factory=dict)
    factors: Mapping[int, str] = field(default_factory=dict)
    rounds: bool = False
    reads: bool = False
    supers: frozenset[int] = frozenset()
    names: Mapping[int, str] = field(default_factory=dict)
    added: frozenset[tuple[str | None, str]] = frozenset()

    def constant(self, function: str, arguments: Sequence[Token]) -> str | None:
        """Return the value of a call, None if it is not known."""
        literals = [token.value.lower() for token in arguments if token.kind is Kind.STRING]
        known = [function, *literals] if len(literals) == len(arguments) else [function]
        return self.constants.get(" ".join(known))
