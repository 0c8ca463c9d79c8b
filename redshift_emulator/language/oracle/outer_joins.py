"""The outer join operator (+) of WHERE, as joins of FROM.

``FROM a, b WHERE a.x = b.y(+) AND a.z > 1`` becomes ``FROM a LEFT JOIN b ON a.x = b.y WHERE
a.z > 1``.
https://docs.aws.amazon.com/redshift/latest/dg/r_WHERE_oracle_outer.html
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from redshift_emulator.language.errors import NotSupportedError, RedshiftError
from redshift_emulator.language.oracle.selects import Columns, Select, Selects, alias_of, outer
from redshift_emulator.language.queries.text.splice import Splice, Spliced
from redshift_emulator.language.tokens import Statement, syntax_error

OR_OR_IN = "Outer join operator (+) not allowed in operand of OR or IN."
ONE_OTHER = "A table may be outer joined to at most one other table."
_ONE_TABLE = "a condition may have the outer join operator (+) on columns of one table only"


@dataclass(slots=True)
class _Condition:
    """A condition of WHERE: its tokens, its tables, and the one that (+) marks."""

    first: int
    last: int
    tables: set[str] = field(default_factory=set)
    marked: set[str] = field(default_factory=set)


class OuterJoins:
    """The first SELECT of a statement that has the operator."""

    def __init__(self, statement: Statement, first: int, columns: Columns) -> None:
        self._statement = statement
        self._tokens = statement.tokens
        self._first = first
        self._columns = columns
        self._selects = Selects(statement, first)
        self._pairs = self._selects.pairs
        self._select = Select(first)
        self._items: dict[str, tuple[int, int]] = {}
        self._known: dict[str, Sequence[str]] = {}

    def run(self) -> Spliced:
        """Return the statement with joins instead of the operator."""
        marks = [index for index in range(self._first, len(self._tokens)) if self._is_mark(index)]
        if not marks:
            raise syntax_error("(")
        select = self._selects.around(marks[-1])
        where = select.part("where") if select is not None else None
        if select is None or where is None or not where[0] < marks[-1] < where[1]:
            raise syntax_error("(")
        self._select = select
        self._read_items(select)
        conditions = self._conditions(*where)
        joins = self._joins(conditions)
        return self._edited(select, conditions, joins)

    def _is_mark(self, index: int) -> bool:
        """Return whether ``(+)`` is behind a name."""
        parts = self._tokens[index : index + 3]
        return (
            len(parts) == 3
            and self._tokens[index - 1].is_name
            and parts[0].is_operator("(")
            and parts[1].is_operator("+")
            and parts[2].is_operator(")")
        )

    # --- FROM -----------------------------------------------------------------------------------

    def _read_items(self, select: Select) -> None:
        part = select.part("from")
        if part is None:
            raise syntax_error("(")
        start = part[0]
        for index in (*outer(self._pairs, *part), part[1]):
            if index < part[1] and self._tokens[index].is_word("join"):
                raise NotSupportedError("(+) cannot be used in a query with joins in FROM")
            if index == part[1] or self._tokens[index].is_operator(","):
                self._add_item(start, index)
                start = index + 1

    def _add_item(self, first: int, last: int) -> None:
        name = alias_of(self._tokens[first:last]) or f"({first}"
        if name in self._items:
            raise NotSupportedError(
                f'(+) beside two tables "{name}": not supported by the emulator'
            )
        self._items[name] = (first, last)

    # --- WHERE ----------------------------------------------------------------------------------

    def _conditions(self, first: int, last: int) -> list[_Condition]:
        """Return the conditions that AND joins."""
        found: list[_Condition] = []
        start, betweens, cases, has_or = first, 0, 0, False
        for index in outer(self._pairs, first, last):
            token = self._tokens[index]
            betweens += token.is_word("between")
            cases += token.is_word("case") - token.is_word("end")
            has_or = has_or or (cases == 0 and token.is_word("or"))
            if token.is_word("and") and cases == 0:
                if betweens:
                    betweens -= 1
                    continue
                found.append(self._condition(start, index))
                start = index + 1
        found.append(self._condition(start, last))
        if has_or:
            raise RedshiftError(OR_OR_IN, sqlstate="0A000")
        return found

    def _condition(self, first: int, last: int) -> _Condition:
        found = _Condition(first, last)
        for index in self._own(first, last):
            if not self._tokens[index].is_name or self._tokens[index - 1].is_operator("."):
                continue
            table, end = self._table_of(index)
            if table is not None:
                found.tables.add(table)
                if self._is_mark(end):
                    self._check_column(index, end, table)
                    found.marked.add(table)
            elif self._is_mark(end):
                raise RedshiftError(
                    f'column "{self._tokens[index].value}" does not exist', sqlstate="42703"
                )
        self._check(found)
        return found

    def _check_column(self, first: int, last: int, table: str) -> None:
        """Refuse the operator behind a path into a SUPER value."""
        if last - first > 1 and self._tokens[last - 3].value != table:
            raise NotSupportedError("(+) behind a path: not supported by the emulator")

    def _check(self, found: _Condition) -> None:
        tokens = [self._tokens[index] for index in self._own(found.first, found.last)]
        if not tokens:
            raise syntax_error("and")
        if found.marked and any(token.is_word("or", "in") for token in tokens):
            raise RedshiftError(OR_OR_IN, sqlstate="0A000")
        if len(found.marked) > 1:
            raise RedshiftError(_ONE_TABLE, sqlstate="0A000")

    def _own(self, first: int, last: int) -> Iterator[int]:
        """Yield the indexes of a range without its subqueries, whose tables are no others here.

        With a table that results from an inner query, the operator makes no outer join.
        """
        index = first
        while index < last:
            yield index
            is_query = self._tokens[index].is_operator("(") and self._tokens[index + 1].is_word(
                "select", "with"
            )
            index = self._pairs[index] if is_query else index + 1

    def _table_of(self, index: int) -> tuple[str | None, int]:
        """Return the table of a column, None for another word, and the token after its name."""
        parts = [self._tokens[index].value]
        end = index + 1
        while end + 1 < len(self._tokens) and self._tokens[end].is_operator("."):
            parts.append(self._tokens[end + 1].value)
            end += 2
        for name in (parts[-2], parts[0]) if len(parts) > 1 else ():  # the latter of a path
            if name in self._items:
                return name, end
        is_call = end < len(self._tokens) and self._tokens[end].is_operator("(")
        if is_call and not self._is_mark(end):
            return None, end
        for name in self._items:
            if parts[0] in self._columns_of(name):
                return name, end
        return None, end

    def _columns_of(self, name: str) -> Sequence[str]:
        if name not in self._known:
            table = self._statement.slice(*self._items[name])
            query = self._selects.query_of(self._statement, self._select, table)
            self._known[name] = self._columns(query)
        return self._known[name]

    # --- joins ----------------------------------------------------------------------------------

    def _joins(self, conditions: Sequence[_Condition]) -> dict[str, str]:
        """Map each table that is outer joined to the table that keeps all of its rows."""
        joins: dict[str, str] = {}
        for table in self._items:
            marked = [each for each in conditions if table in each.marked]
            others = set[str]().union(*(each.tables for each in marked)) - {table}
            if len(others) > 1:
                raise RedshiftError(ONE_OTHER, sqlstate="0A000")
            for other in others:
                pair = [each for each in conditions if each.tables == {table, other}]
                if all(table in each.marked for each in pair):
                    joins[table] = other
        for table in joins:
            seen = {table}
            while (table := joins.get(table, "")) and table not in seen:
                seen.add(table)
            if table:
                raise RedshiftError("two tables are outer joined to each other", sqlstate="0A000")
        return joins

    def _edited(
        self, select: Select, conditions: Sequence[_Condition], joins: dict[str, str]
    ) -> Spliced:
        of_joins = {
            table: [each for each in conditions if table in each.marked] for table in joins
        }
        kept = [
            self._text(each)
            for each in conditions
            if not any(each in found for found in of_joins.values())
        ]
        roots = [name for name in self._items if name not in joins]
        order: list[str] = []
        items = [self._item(root, joins, of_joins, order) for root in roots]
        splice = Splice(self._statement.text)
        names = list(self._items)
        if order != names:
            items = self._other_order(select, names, joins, of_joins, items)
        start, end = select.part("from") or (0, 0)
        self._replace(splice, start, end, ", ".join(items))
        where = select.part("where") or (0, 0)
        text = f"WHERE {' AND '.join(kept)}" if kept else ""
        self._replace(splice, where[0] - 1, where[1], text)
        return splice.apply(self._tokens[self._first].start, self._tokens[-1].end)

    def _item(
        self,
        name: str,
        joins: dict[str, str],
        conditions: dict[str, list[_Condition]],
        order: list[str],
    ) -> str:
        """Return a table and those that are joined to it, as an item of FROM."""
        order.append(name)
        text = self._statement.slice(*self._items[name])
        waiting = [table for table, other in joins.items() if other == name]
        while waiting:
            table = waiting.pop(0)
            order.append(table)
            text += f" LEFT JOIN {self._statement.slice(*self._items[table])} ON "
            text += " AND ".join(self._text(each) for each in conditions[table])
            waiting += [each for each, other in joins.items() if other == table]
        return text

    def _other_order(
        self,
        select: Select,
        names: list[str],
        joins: dict[str, str],
        conditions: dict[str, list[_Condition]],
        items: list[str],
    ) -> list[str]:
        """Return the items in another order than FROM had, which decides what ``*`` means."""
        if len(names) == 2 and joins == {names[0]: names[1]}:
            first, second = (self._statement.slice(*self._items[name]) for name in names)
            condition = " AND ".join(self._text(each) for each in conditions[names[0]])
            return [f"{first} RIGHT JOIN {second} ON {condition}"]
        part = select.part("select") or (0, 0)
        for index in outer(self._pairs, *part):
            before = self._tokens[index - 1]
            begins = before.is_word("select", "distinct", "all") or before.is_operator(",")
            if begins and self._tokens[index].is_operator("*"):
                message = "SELECT * with (+) on a table before the other: not supported"
                raise NotSupportedError(f"{message} by the emulator")
        return items

    def _text(self, condition: _Condition) -> str:
        """Return a condition without the operator."""
        splice = Splice(self._statement.text)
        tokens = self._tokens
        for index in self._own(condition.first, condition.last):
            if self._is_mark(index):
                splice.replace(tokens[index].start, tokens[index + 2].end, "")
        text = splice.apply(tokens[condition.first].start, tokens[condition.last - 1].end).text
        return f"({text})"

    def _replace(self, splice: Splice, first: int, last: int, new: str) -> None:
        splice.replace(self._tokens[first].start, self._tokens[last - 1].end, new)


def has_mark(statement: Statement, first: int) -> bool:
    """Return whether a statement may have the operator."""
    tokens = statement.tokens
    return any(
        tokens[index].is_operator("+")
        and tokens[index - 1].is_operator("(")
        and tokens[index + 1].is_operator(")")
        for index in range(first + 1, len(tokens) - 1)
    )
