"""Rewrites queries and expressions where Redshift and PostgreSQL differ."""

from redshift_emulator.language.errors import NotSupportedError, RedshiftError
from redshift_emulator.language.parser import Name, Parser
from redshift_emulator.language.queries.calls import intervals
from redshift_emulator.language.queries.calls.leader_syntax import (
    array_type,
    is_leader_syntax,
    is_leader_type,
)
from redshift_emulator.language.queries.calls.name_functions import edit_names
from redshift_emulator.language.queries.calls.site import Site
from redshift_emulator.language.queries.calls.templates import TEMPLATES
from redshift_emulator.language.queries.names import functions
from redshift_emulator.language.queries.names.catalog_names import backend_name, is_catalog
from redshift_emulator.language.queries.refused.joined_catalog import of_leader_node
from redshift_emulator.language.queries.refused.refusals import (
    OPERATORS,
    refuse,
    unknown_catalog_table,
    unknown_function,
)
from redshift_emulator.language.queries.refused.typed_literals import check_literal, check_number
from redshift_emulator.language.queries.text.rewriting import Given, Query
from redshift_emulator.language.queries.text.scan import (
    Call,
    Shape,
    TableReference,
    end_of_select,
    scan,
)
from redshift_emulator.language.queries.text.splice import Splice
from redshift_emulator.language.tokens import Kind, Statement, Token, literal, quoted, syntax_error
from redshift_emulator.language.type_names import parse_cast, through_type, with_long_names
from redshift_emulator.language.words import NEVER_IN_QUERIES


class Rewriter:
    """Edits one statement, beginning at its token ``first``."""

    def __init__(
        self,
        statement: Statement,
        first: int = 0,
        last: int | None = None,
        given: Given | None = None,
    ) -> None:
        self._given = given = given or Given()
        self.statement = statement
        self.splice = Splice(statement.text)
        self.first = first
        self.last = len(statement.tokens) if last is None else last
        self._leader_only: list[str] = []
        self._limits: list[tuple[int, str]] = []
        self._cut = Statement(statement.text, statement.tokens[: self.last])
        self.shape: Shape = scan(self._cut, first)
        calls = [call for call in self.shape.calls if (call.schema, call.name) not in given.added]
        kept = functions.KEPT - TEMPLATES.keys()
        names = [(call.first, call.index) for call in calls if call.name not in kept]
        self._replaced = {each for first, last in names for each in range(first, last + 1)}

    def query(self, views: dict[Name, str] | None = None) -> Query:
        """Rewrite a query; ``views`` maps late-binding views to their replacements."""
        refuse(self.shape, self._cut.tokens, self.first)
        self._words()
        for call in self.shape.calls:
            if (call.schema, call.name) not in self._given.added:
                self._function(call)
        self._endings()
        relations = tuple(self._tables(views or {}))
        sql = self.splice.apply(self._at(self.first).start, self._at(self.last - 1).end)
        return Query(sql, relations, tuple(self._leader_only))

    def _endings(self) -> None:
        """Add what stands behind everything else: names of items, and LIMIT."""
        for position, name in self._given.names.items():
            self.splice.insert(position, f" AS {quoted(name)}")
        for position, limit in self._limits:
            self.splice.insert(position, limit)

    @property
    def _cuts(self) -> bool:
        """Whether casts cut the fractions of values: those of tables, unless they are rounded."""
        return bool(self._given.reads or self.shape.relations) and not self._given.rounds

    def _words(self) -> None:
        skip = self.first
        for index in range(self.first, self.last):
            if index < skip:
                continue
            skip = self._token(index, self.statement.tokens[index])

    def _token(self, index: int, token: Token) -> int:
        """Edit one token; return the index of the next."""
        match token.kind:
            case Kind.STRING:
                self._string(index, token)
            case Kind.QUOTED if index not in self._replaced:
                self._put(token, quoted(token.value))
            case Kind.OPERATOR:
                return self._operator(index, token)
            case Kind.WORD if not self._is_column(index):
                return self._word(index, token)
            case Kind.NUMBER:
                self._number(index, token)
        return index + 1

    def _number(self, index: int, token: Token) -> None:
        check_number(token.value)
        if self._touches_word(index):
            # Redshift reads 0x1F and 1_000 as a number and an alias
            self.splice.insert(token.end, " ")

    def _string(self, index: int, token: Token) -> None:
        check_literal(self._cut.tokens, index)
        if index in self._given.supers:
            self._put(token, f"{literal(token.value)}::text::json")
        elif "\\" in self.statement.text[token.start : token.end]:
            self._put(token, literal(token.value))

    def _operator(self, index: int, token: Token) -> int:
        if token.value in OPERATORS:
            raise NotSupportedError(f"operator {token.value} is not supported")
        if token.value == "::":
            return self._type(index + 1)
        if index in self._given.factors:
            self._put(token, f"* {self._given.factors[index]} /")
        return index + 1

    def _type(self, index: int) -> int:
        parser = Parser(self._cut, index)
        target = parse_cast(parser)
        if parser.at_operator("[") and not parser.statement.tokens[index].is_word("super"):
            target = array_type(parser, target)
        if parser.at_operator("."):
            raise parser.fail()
        if is_leader_type(target):
            self._leader_only.append(target)
        start, end = self._at(index).start, self._at(parser.position - 1).end
        through = through_type(target, self._at(index - 2), cuts=self._cuts)
        if through and self._at(index - 1).is_word("as"):
            # CAST(x AS through)::target
            self.splice.insert(self._at(parser.position).end, f"::{target}")
            target = through
        elif through:
            target = f"{through}::{target}"
        self.splice.replace(start, end, with_long_names(target))
        return parser.position

    def _word(self, index: int, token: Token) -> int:
        word = token.value
        if word.startswith("#"):
            self._put(token, quoted(word))
        elif word in NEVER_IN_QUERIES and not self._follows(index, "as"):
            raise syntax_error(word)
        elif word == "as" and self._in_cast(index):
            return self._type(index + 1)
        elif found := intervals.qualified(self._cut, index):
            self.splice.replace(token.start, self._at(found.last - 1).end, found.sql)
            return found.last
        elif is_leader_syntax(self._cut.tokens, index):
            self._leader_only.append(word)
        else:
            self._keyword(index, token)
        return index + 1

    def _keyword(self, index: int, token: Token) -> None:
        if token.value in functions.WORDS:
            if token.value != "approximate" or self._operator_after(index + 1, "("):
                self._put(token, functions.WORDS[token.value])
        elif token.value == "respect" and self._at(index + 1).is_word("nulls"):
            self.splice.replace(token.start, self._at(index + 1).end, "")
        elif token.value == "top" and self._follows(index, "select", "distinct", "all"):
            self._top(index)
        elif token.value in functions.LEADER_WORDS:
            self._leader_only.append(token.value)
        elif token.value in functions.OF_THE_CLUSTER:
            raise unknown_function(token.value)

    def _top(self, index: int) -> None:
        """Convert TOP n to a LIMIT at the end of its SELECT."""
        number = self._at(index + 1)
        if number.kind not in {Kind.NUMBER, Kind.PARAMETER}:
            raise syntax_error(number.value)
        self.splice.replace(self._at(index).start, number.end, "")
        self._limits.append((end_of_select(self._cut.tokens, index), f" LIMIT {number.value}"))

    def _function(self, call: Call) -> None:
        if call.schema not in {None, "pg_catalog"}:
            message = f"function {call.schema}.{call.name} does not exist"
            raise RedshiftError(message, sqlstate="42883")
        name, put = call.name, self.splice.replace
        start, end = self._at(call.first).start, self._at(call.index).end
        arguments = self._cut.tokens[call.opening + 1 : call.closing]
        if constant := self._given.constant(name, arguments):
            put(start, self._at(call.closing).end, constant)
        elif name in TEMPLATES:
            TEMPLATES[name](self._site(call))
        elif name in functions.RENAMED:
            put(start, end, functions.RENAMED[name])
        elif name in functions.OWN or name in functions.LEADER_OWN:
            put(start, end, f"{functions.INTERNAL}.{name}")
            self._type_strings(call)
        elif name not in functions.KEPT:
            raise unknown_function(name)
        is_array = name == "array" and self._at(call.opening + 1).is_word("select")
        if name in functions.LEADER_ONLY or is_array:
            self._leader_only.append(name)
        self._type_arguments(call)

    def _site(self, call: Call) -> Site:
        return Site(self._cut, self.shape, self.splice, call, self._cuts)

    def _type_arguments(self, call: Call) -> None:
        """Convert arguments to the type that Redshift's function has."""
        site = self._site(call)
        for number in range(len(call.arguments)):
            if number in functions.OF_TEXT.get(call.name, ()):
                site.wrap(number, f"{functions.INTERNAL}.as_text(", ")")
            elif call.name in functions.OF_DOUBLE:
                site.wrap(number, "(", ")::double precision")
        edit_names(site)

    def _type_strings(self, call: Call) -> None:
        """Cast string literals in date functions to timestamps."""
        if call.name in {"last_day", "add_months", "trunc", "months_between"}:
            numbers = (0, 1) if call.name == "months_between" else (0,)
            if len(call.arguments) > max(numbers) and call.arguments[0][0] < call.arguments[0][1]:
                self._site(call).type_strings(*numbers)

    def _tables(self, views: dict[Name, str]) -> list[TableReference]:
        found: list[TableReference] = []
        for table in self.shape.relations:
            if (catalog := backend_name(table.name)) is not None:
                self._rename(table, catalog.sql)
                if table.name.schema and not table.aliased:
                    self._drop_schema(table.name)
                self._leader_only += of_leader_node(table, self.shape, self._cut.tokens)
                continue
            if is_catalog(table.name):
                raise unknown_catalog_table(table.name)
            if table.name in views:
                self._rename(table, views[table.name])
                self._drop_schema(table.name)
            found.append(table)
        return found

    def _rename(self, table: TableReference, new: str) -> None:
        start, end = self._at(table.first).start, self._at(table.last - 1).end
        alias = "" if table.aliased else f" AS {quoted(table.name.name)}"
        self.splice.overwrite(start, end, new + alias)

    def _drop_schema(self, name: Name) -> None:
        """Convert ``schema.view.column`` to ``view.column``: the replacement has an alias only."""
        references = {
            index for table in self.shape.tables for index in range(table.first, table.last)
        }
        for index in range(self.first, self.last - 4):
            parts = [self._at(index + step) for step in range(4)]
            if (
                index not in references
                and parts[0].is_name
                and (parts[0].value, parts[2].value) == (name.schema, name.name)
                and parts[1].is_operator(".")
                and parts[3].is_operator(".")
            ):
                self.splice.overwrite(parts[0].start, parts[1].end, "")

    def _put(self, token: Token, new: str) -> None:
        self.splice.replace(token.start, token.end, new)

    def _at(self, index: int) -> Token:
        tokens = self._cut.tokens
        if index >= len(tokens):
            raise RedshiftError("syntax error at end of input", sqlstate="42601")
        return tokens[index]

    def _touches_word(self, index: int) -> bool:
        """Return whether a word follows a token without white space."""
        return index + 1 < self.last and (
            self._at(index + 1).is_name and self._at(index + 1).start == self._at(index).end
        )

    def _is_column(self, index: int) -> bool:
        """Return whether a word is a part of a name, after a dot."""
        return index > self.first and self._at(index - 1).is_operator(".")

    def _follows(self, index: int, *words: str) -> bool:
        return index > self.first and self._at(index - 1).is_word(*words)

    def _operator_after(self, index: int, text: str) -> bool:
        return index + 1 < self.last and self._at(index + 1).is_operator(text)

    def _in_cast(self, index: int) -> bool:
        calls = [call for call in self.shape.calls if call.opening < index < call.closing]
        return bool(calls) and max(calls, key=lambda call: call.opening).name == "cast"
