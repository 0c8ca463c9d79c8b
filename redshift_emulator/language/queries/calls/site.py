"""A call in a statement, and edits of the text between its arguments."""

from dataclasses import dataclass

from redshift_emulator.language.errors import RedshiftError
from redshift_emulator.language.parser import Parser
from redshift_emulator.language.queries.names.functions import DATE_PARTS, INTERNAL
from redshift_emulator.language.queries.text.scan import Call, Shape
from redshift_emulator.language.queries.text.splice import Splice
from redshift_emulator.language.tokens import Kind, Statement, syntax_error
from redshift_emulator.language.type_names import parse_cast


@dataclass(frozen=True, slots=True)
class Site:
    """A call, its statement, and the edits of the statement; ``cuts``: casts cut fractions."""

    statement: Statement
    shape: Shape
    splice: Splice
    call: Call
    cuts: bool = False

    def head(self, new: str) -> None:
        """Replace the function's name and its opening parenthesis."""
        self._replace(self.call.first, self.call.opening + 1, new)

    def rename(self, new: str) -> None:
        """Replace the function's name, and what edits it."""
        tokens = self.statement.tokens
        self.splice.drop(tokens[self.call.first].start, tokens[self.call.index].end)
        self._replace(self.call.first, self.call.index + 1, new)

    def comma(self, number: int, new: str) -> None:
        """Replace a comma."""
        index = self.call.commas[number]
        self._replace(index, index + 1, new)

    def tail(self, new: str) -> None:
        """Replace the closing parenthesis."""
        self._replace(self.call.closing, self.call.closing + 1, new)

    def argument(self, number: int) -> str:
        """Return an argument's text with the edits made so far."""
        first, last = self.call.arguments[number]
        tokens = self.statement.tokens
        return self.splice.apply(tokens[first].start, tokens[last - 1].end).text

    def expect(self, *counts: int) -> None:
        """Require one of these argument counts."""
        if len(self.call.arguments) not in counts:
            message = f"function {self.call.name}: wrong number of arguments"
            raise RedshiftError(message, sqlstate="42883")

    def date_part(self) -> str:
        """Read the first argument, which names a date part, quoted or not.

        In definitions of views, clusters print a literal with casts: ``'day'::text``.
        """
        first, last = self.call.arguments[0]
        tokens = self.statement.tokens
        value = tokens[first].value.lower()
        if last != first + 1 and not self.is_text(first, last):
            raise RedshiftError(
                "Invalid date part: it must be one word or a literal", sqlstate="22023"
            )
        if value not in DATE_PARTS:
            raise RedshiftError(f'Invalid date part: "{value}"', sqlstate="22023")
        self.splice.drop(tokens[first].start, tokens[last - 1].end)
        return DATE_PARTS[value]

    def is_text(self, first: int, last: int) -> bool:
        """Return whether an argument is a literal with casts to texts."""
        parser = Parser(self.statement, first + 1)
        while parser.position < last and parser.accept_operator("::"):
            if not parse_cast(parser).startswith("varchar"):
                return False
        return self.statement.tokens[first].kind is Kind.STRING and parser.position == last

    def replace_argument(self, number: int, new: str) -> None:
        """Replace an argument without edits."""
        first, last = self.call.arguments[number]
        self._replace(first, last, new)

    def enclose(self, number: int, before: str, after: str) -> None:
        """Enclose an argument, which must be there."""
        first, last = self.call.arguments[number]
        tokens = self.statement.tokens
        if first == last:
            raise syntax_error(tokens[last].value)
        self.splice.insert(tokens[first].start, before)
        self.splice.insert(tokens[last - 1].end, after)

    def wrap(self, number: int, before: str, after: str) -> None:
        """Enclose an argument, except its DISTINCT and what FROM or FOR adds to it."""
        first, last = self.call.arguments[number]
        tokens = self.statement.tokens
        first += tokens[first].is_word("distinct", "all")
        position = first
        while position < last and not tokens[position].is_word("from", "for"):
            position = self.shape.pairs.get(position, position) + 1
        self._enclose(first, position, before, after)

    def to_text(self, first: int, last: int) -> None:
        """Convert the value from a token up to another, excluded, to text."""
        self._enclose(first, last, f"{INTERNAL}.as_text(", ")")

    def _enclose(self, first: int, last: int, before: str, after: str) -> None:
        """Enclose a value, unless it is one literal or parameter, whose type is not known."""
        tokens = self.statement.tokens
        alone = last == first + 1 and tokens[first].kind in {Kind.STRING, Kind.PARAMETER}
        if last > first and not alone:
            self.splice.insert(tokens[first].start, before)
            self.splice.insert(tokens[last - 1].end, after)

    def type_strings(self, *numbers: int) -> None:
        """Cast arguments that are string literals to timestamps."""
        for number in numbers:
            first, last = self.call.arguments[number]
            token = self.statement.tokens[first]
            if last == first + 1 and token.kind is Kind.STRING:
                self.splice.insert(token.end, "::timestamp")

    def _replace(self, first: int, last: int, new: str) -> None:
        tokens = self.statement.tokens
        self.splice.replace(tokens[first].start, tokens[last - 1].end, new)
