"""Navigation into SUPER values, unnesting and UNPIVOT of them, as calls of functions.

``c.items[0].price`` becomes ``super_value(member(element("c"."items", 0), 'price'))``, and
``FROM t c, c.items AS i AT n`` becomes ``FROM t c, elements_at("c"."items") AS "i" ("i", "n")``.
https://docs.aws.amazon.com/redshift/latest/dg/query-super.html
"""

from collections.abc import Sequence

from redshift_emulator.language.errors import NotSupportedError, RedshiftError
from redshift_emulator.language.long_names import NAMES
from redshift_emulator.language.parser import Name, Parser
from redshift_emulator.language.partiql.blocks import (
    Block,
    Blocks,
    Source,
)
from redshift_emulator.language.partiql.column_names import ColumnNames
from redshift_emulator.language.partiql.names import UNKNOWN, Catalog, Column, Names
from redshift_emulator.language.partiql.parentheses import find_pairs
from redshift_emulator.language.partiql.paths import Path, read_path
from redshift_emulator.language.queries.names.catalog_names import is_catalog
from redshift_emulator.language.queries.names.functions import INTERNAL
from redshift_emulator.language.queries.refused.clauses import INTO_EXPRESSION
from redshift_emulator.language.queries.text.splice import Splice, Spliced
from redshift_emulator.language.tokens import Kind, Statement, Token, literal, quoted
from redshift_emulator.language.words import RESERVED

# The functions that this module adds, which queries of clients must not call.
ADDED: frozenset[tuple[str | None, str]] = frozenset(
    (INTERNAL, name)
    for name in ("attribute_values", "attributes", "element", "elements", "elements_at", "member")
) | {(INTERNAL, "super_value")}
_OUTER = ("right", "full")
_BEFORE_TYPES = ("as", "collate")


class Navigator:
    """Edits a statement, beginning at its token ``first``.

    ``keeps_case``: the names of attributes keep their case (the parameter
    enable_case_sensitive_super_attribute), otherwise they are folded as other names are.
    """

    def __init__(
        self,
        statement: Statement,
        first: int,
        *,
        keeps_case: bool,
        catalog: Catalog = UNKNOWN,
    ) -> None:
        self._statement = statement
        self._tokens = statement.tokens
        self._first = first
        self._keeps_case = keeps_case
        self._pairs = find_pairs(self._tokens, first)
        self._blocks = Blocks(statement, first, self._pairs)
        self._catalog = catalog
        self._column_names = ColumnNames(statement, self._pairs)
        self._splice = Splice(statement.text)
        self._edited = False

    def run(self) -> Spliced | None:
        """Return the edited statement, None if nothing changes.

        System tables have no SUPER values, but PostgreSQL's arrays.
        """
        if any(self._is_catalog(source) for source in self._blocks.sources):
            return None
        self._names = Names(self._tokens, self._blocks, self._catalog)
        inside = {
            index: source
            for source in self._blocks.sources
            for index in range(source.first, source.last)
        }
        index = self._first
        while index < len(self._tokens):
            source = inside.get(index)
            if source is not None and index == source.first:
                index = self._read_source(source)
            else:
                index = self._read(index)
        if not self._edited:
            return None
        tokens = self._tokens
        return self._splice.apply(tokens[self._first].start, tokens[-1].end)

    def _is_catalog(self, source: Source) -> bool:
        names = [each.value for each in self._tokens[slice(*source.value)] if each.is_name]
        if source.word or not names:
            return False
        return is_catalog(Name(names[-2] if len(names) > 1 else None, names[-1]))

    # --- items of FROM --------------------------------------------------------------------------

    def _read_source(self, source: Source) -> int:
        """Edit an item of FROM; return the index of the token to read next."""
        chain = self._chain(source.value[0])
        if source.word == "unnest":
            self._unnest(source)
            return source.last
        if chain is None or chain.last != source.value[1]:
            if source.word:
                raise NotSupportedError(
                    "UNPIVOT of another expression than a path: not supported by the emulator"
                )
            return source.value[1]
        if not source.word and not self._names.is_unnested(source):
            if len(chain.names) < len(chain.steps):
                raise NotSupportedError(
                    "unnesting a column without its table: not supported by the emulator"
                )
            return source.value[1]
        self._check_join(source)
        value = self._resolve(chain, self._names.column_of(source), whole=True)
        if value is None:
            raise Parser(self._statement, source.first).fail()
        self._replace_source(source, value)
        return source.last

    def _check_join(self, source: Source) -> None:
        before = [token.value for token in self._tokens[max(source.first - 3, 0) : source.first]]
        if before[-1:] == ["join"] and set(_OUTER) & set(before):
            raise NotSupportedError("SUPER values in a right or full outer join are not supported")
        if not source.aliases:
            raise RedshiftError(
                "unnesting needs an alias of the element",
                sqlstate="42601",
                hint="FROM t, t.a AS x",
            )

    def _replace_source(self, source: Source, value: str) -> None:
        names = [quoted(name) for name in source.aliases[:2]]
        if source.word == "unpivot":
            function = "attributes" if len(names) > 1 else "attribute_values"
        else:
            function = "elements_at" if len(names) > 1 else "elements"
        text = f"{INTERNAL}.{function}({value}) AS {names[0]} ({', '.join(names)})"
        self._replace(source.first, source.last, text)

    def _unnest(self, source: Source) -> None:
        """Convert ``UNNEST(value) AS alias (element)`` to a call."""
        chain = self._chain(source.value[0])
        if chain is None or chain.last != source.value[1] or len(source.aliases) != 2:
            raise NotSupportedError(
                "UNNEST other than UNNEST(path) AS alias (column): not supported by the emulator"
            )
        self._check_join(source)
        value = self._resolve(chain, self._names.column_of(source), whole=True)
        if value is None:
            raise Parser(self._statement, source.first).fail()
        names = [quoted(name) for name in source.aliases]
        text = f"{INTERNAL}.elements({value}) AS {names[0]} ({names[1]})"
        self._replace(source.first, source.last, text)

    # --- expressions ----------------------------------------------------------------------------

    def _read(self, index: int) -> int:
        """Edit a path of an expression; return the index of the token to read next."""
        token = self._tokens[index]
        block = self._blocks.of.get(index)
        if not token.is_name:
            self._refuse_operand(index)
            return index + 1
        if block is None or (index > 0 and self._tokens[index - 1].is_operator("::", ".")):
            return index + 1
        if index > 0 and self._tokens[index - 1].is_word(*_BEFORE_TYPES):
            return index + 1
        chain = self._chain(index)
        if chain is None or self._is_operator(chain.last, "("):
            return index + 1 if chain is None else chain.last
        column = self._names.column(chain.names, block)
        is_reserved = token.kind is Kind.WORD and token.value in RESERVED
        value = self._resolve(chain, column, whole=is_reserved and column.is_element)
        if value is None:
            return chain.last
        self._replace(chain.first, chain.last, value)
        self._name_column(chain, block)
        return chain.last

    def _refuse_operand(self, index: int) -> None:
        """Refuse navigation into something else than a column."""
        token = self._tokens[index]
        closes = token.is_operator(")") or token.kind is Kind.PARAMETER
        closes = closes and self._blocks.of.get(index) is not None
        after = self._tokens[index + 2] if index + 2 < len(self._tokens) else None
        is_step = self._is_operator(index + 1, "[") or self._is_operator(index + 1, ".")
        if closes and after is not None and is_step:
            raise NotSupportedError(INTO_EXPRESSION)

    def _chain(self, index: int) -> Path | None:
        block = self._blocks.of.get(index)
        is_name = block is not None and block.kind("array") is not None
        return read_path(self._tokens, index, array_is_name=is_name)

    def _resolve(self, chain: Path, column: Column, *, whole: bool = False) -> str | None:
        """Return a path as calls, None for a column alone, unless it is the ``whole`` value."""
        used, steps = column.count, chain.steps
        if used == 0 or (len(steps) == used and not whole):
            return None
        value = ".".join(quoted(name) for name in chain.names[:used])
        return self._path(f"{value}.{value}" if column.is_element else value, steps[used:])

    def _path(self, value: str, steps: Sequence[Token | str]) -> str:
        for step in steps:
            if isinstance(step, str):
                value = f"{INTERNAL}.element({value}, ({step})::bigint)"
            else:
                name = literal(self._attribute(step)).replace("\\", "\\\\")
                value = f"{INTERNAL}.member({value}, {name})"
        return f"{INTERNAL}.super_value({value})" if steps else value

    def _attribute(self, token: Token) -> str:
        """Return the name of an attribute; unquoted names are folded, unless they keep case."""
        name = NAMES.restored(token.value)
        if not self._keeps_case:
            return name
        if name != token.value:
            message = f'case of the attribute "{name}", a name of more than 63 bytes'
            raise NotSupportedError(f"{message}: not supported by the emulator")
        written = self._statement.text[token.start : token.end]
        return written if token.kind is Kind.WORD else written[1:-1].replace('""', '"')

    def _name_column(self, chain: Path, block: Block) -> None:
        """Name a column of the result, if it has no alias."""
        for first, last in block.columns:
            if first <= chain.first < last:
                name = self._column_names.find(chain, first, last)
                if name is not None:
                    self._splice.insert(self._tokens[last - 1].end, f" AS {quoted(name)}")

    def _replace(self, first: int, last: int, new: str) -> None:
        start, end = self._tokens[first].start, self._tokens[last - 1].end
        self._splice.replace(start, end, new)
        self._edited = True

    def _is_operator(self, index: int, text: str) -> bool:
        return 0 <= index < len(self._tokens) and self._tokens[index].is_operator(text)


def may_navigate(statement: Statement, first: int) -> bool:
    """Return whether a statement may have what ``Navigator`` converts."""
    return any(
        (token.kind is Kind.OPERATOR and token.value in {".", "["})
        or token.is_word("unpivot", "unnest")
        for token in statement.tokens[first:]
    )
