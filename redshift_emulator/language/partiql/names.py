"""What the names of a statement mean: tables, elements of SUPER values, or columns.

``FROM a.b`` is an unnesting if ``a`` is an earlier item of the clause, or an item of a query
around it, unless there is a relation ``a.b`` and no SUPER column ``b`` of that item.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from redshift_emulator.language.parser import Name
from redshift_emulator.language.partiql.blocks import ELEMENT, TABLE, Block, Blocks, Source
from redshift_emulator.language.partiql.paths import Path, read_path
from redshift_emulator.language.tokens import Token


@dataclass(frozen=True, slots=True)
class Catalog:
    """The database's name, and what it knows of relations.

    ``exists`` tells it of a schema's relation; ``has_super``, whether a relation may have a SUPER
    column of that name, or any.
    """

    database: str = ""
    exists: Callable[[Name], bool] = lambda _name: False
    has_super: Callable[[Name, str | None], bool] = lambda _name, _column: True


UNKNOWN = Catalog()


@dataclass(frozen=True, slots=True)
class Column:
    """The ``count`` first names of a path, which are a column's, with its table.

    The count is 0 if it is unknown what the names mean.
    """

    count: int
    is_element: bool = False


class Names:
    """Fills the names of blocks, from the outside to the inside and in the order of FROM."""

    def __init__(self, tokens: Sequence[Token], blocks: Blocks, catalog: Catalog) -> None:
        self._tokens = tokens
        self._catalog = catalog
        self._common = _common_table_expressions(tokens, blocks.pairs)
        self._unnested: set[Source] = set()
        self._columns: dict[Source, Column] = {}
        self._blocks = blocks.all
        for block in self._blocks:
            for source in block.items:
                self._name(source)

    def is_unnested(self, source: Source) -> bool:
        """Return whether an item of FROM is a path, without UNPIVOT or UNNEST before it."""
        return source in self._unnested

    def column_of(self, source: Source) -> Column:
        """Return the column of an item of FROM that is a path: what it was before the item."""
        return self._columns[source]

    def column(self, names: Sequence[str], block: Block) -> Column:
        """Return the column that a path begins with."""
        for each in block.around():
            count = self._count_qualified(names, each)
            if count:
                return Column(count)
            kind = each.kinds.get(names[0])
            if kind is not None:
                is_element = kind == ELEMENT
                return Column(1 if is_element or len(names) == 1 else 2, is_element)
        if len(names) == 1:
            return Column(1)
        is_known = all(each.is_known for each in block.around())
        return Column(int(is_known and self._may_be_column(names[0])))

    # --- items of FROM --------------------------------------------------------------------------

    def _name(self, source: Source) -> None:
        block = source.block
        path = self._path(source)
        is_path = path is not None and not source.word and self._is_path(path, block)
        if path is not None and (is_path or source.word):
            self._columns[source] = self.column(path.names, block)
        if is_path:
            self._unnested.add(source)
            if source.aliases:
                block.kinds[source.aliases[0]] = ELEMENT
            return
        table = self._table(source)
        if source.aliases:
            block.kinds[source.aliases[0]] = ELEMENT if source.word == "unpivot" else TABLE
            if table is not None:
                block.tables[source.aliases[0]] = table
        elif not source.word:
            self._name_by_itself(source, table)

    def _name_by_itself(self, source: Source, table: Name | None) -> None:
        """Name a table, a common table expression or a function that has no alias."""
        block = source.block
        names = [each.value for each in self._tokens[slice(*source.value)] if each.is_name]
        if not names:
            return
        block.kinds[names[-1]] = TABLE
        block.qualified.update(tuple(names[place:]) for place in range(len(names) - 1))
        if table is not None:
            block.tables[names[-1]] = table
            block.unqualified.update(names[:1] if len(names) == 1 else ())

    def _path(self, source: Source) -> Path | None:
        """Return the names and subscripts of an item; None for subqueries and functions."""
        first, last = source.value
        is_call = last < len(self._tokens) and self._tokens[last].is_operator("(")
        if first == last or (is_call and not source.word):
            return None
        is_name = source.block.kind("array") is not None
        path = read_path(self._tokens, first, array_is_name=is_name)
        return path if path is not None and path.last == last else None

    def _is_path(self, path: Path, block: Block) -> bool:
        """Return whether an item of FROM is a path into an item before it."""
        names = path.names
        for each in block.around():
            kind = each.kinds.get(names[0])
            if kind is not None:
                table = each.tables.get(names[0])
                is_path = len(path.steps) > 1 and not self._is_relation(path, table)
                return kind == ELEMENT or is_path
        return False

    def _is_relation(self, path: Path, table: Name | None) -> bool:
        names = path.names
        if len(names) < len(path.steps):
            return False
        if len(names) == 3 and names[0] == self._catalog.database:
            relation = Name(names[1], names[2])
        elif len(names) == 2:
            relation = Name(names[0], names[1])
        else:
            return False
        return self._means_relation(relation, table, names[1])

    def _means_relation(self, relation: Name, table: Name | None, column: str) -> bool:
        """Return whether a relation exists, and no SUPER column of a table that may be meant."""
        if not self._catalog.exists(relation):
            return False
        return table is None or not self._catalog.has_super(table, column)

    def _table(self, source: Source) -> Name | None:
        """Return the name of an item that is a table or a view."""
        path = None if source.word else self._path(source)
        if path is None or source in self._unnested or len(path.names) < len(path.steps):
            return None
        *schemas, name = path.names
        if not schemas and name in self._common:
            return None
        return Name(schemas[-1] if schemas else None, name)

    # --- columns --------------------------------------------------------------------------------

    def _count_qualified(self, names: Sequence[str], block: Block) -> int:
        """Return the length of a column's name with its schema; 0 if it has none."""
        for skipped in range(1 + (names[0] == self._catalog.database)):
            rest = tuple(names[skipped:])
            for count in (2, 3):
                if rest[:count] in block.qualified and len(rest) > count:
                    return skipped + count + 1
            if len(rest) > 2 and rest[1] in block.unqualified and rest[0] not in block.kinds:
                table = block.tables[rest[1]]
                if self._means_relation(Name(rest[0], rest[1]), table, rest[0]):
                    return skipped + 3
        return 0

    def _may_be_column(self, name: str) -> bool:
        """Return whether a name may be that of a SUPER column.

        A column of a subquery either has its name from a relation, or its name is written alone.
        """
        sources = [source for block in self._blocks for source in block.items]
        tables = {index for source in sources for index in range(*source.value)}
        for index, token in enumerate(self._tokens):
            alone = index not in tables and not self._is_beside_path(index)
            if token.is_name and token.value == name and alone:
                return True
        if any(source.word or source in self._unnested for source in sources):
            return True
        read = dict.fromkeys(table for source in sources if (table := self._table(source)))
        return any(self._catalog.has_super(table, None) for table in read)

    def _is_beside_path(self, index: int) -> bool:
        around = (*self._tokens[max(index - 1, 0) : index], *self._tokens[index + 1 : index + 2])
        return any(token.is_operator(".", "[") for token in around)


def _common_table_expressions(tokens: Sequence[Token], pairs: dict[int, int]) -> set[str]:
    """Return the names before ``AS (`` and ``(columns) AS (``."""
    opening = {last: first for first, last in pairs.items()}
    return {
        tokens[opening.get(index - 1, index) - 1].value
        for index in range(1, len(tokens) - 1)
        if tokens[index].is_word("as") and tokens[index + 1].is_operator("(")
    }
