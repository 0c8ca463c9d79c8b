"""Runs PL/pgSQL: its statements, one by one, by the emulator's own handlers.

https://docs.aws.amazon.com/redshift/latest/dg/c_PLpgSQL-statements.html
"""

import re
from collections.abc import Callable, Sequence

from redshift_emulator.language.errors import NotSupportedError, RedshiftError
from redshift_emulator.language.procedures.nodes import (
    Alias,
    Assign,
    Block,
    Body,
    Diagnostics,
    ForQuery,
    ForRange,
    If,
    Leave,
    Node,
    Raise,
    Return,
    Sql,
    Variable,
    While,
)
from redshift_emulator.language.tokens import Statement, split
from redshift_emulator.language.types import RedshiftType
from redshift_emulator.session.session import Session
from redshift_emulator.statements.queries.rewrite import rewritten
from redshift_emulator.statements.routines.limits import check_allowed, require_top_level
from redshift_emulator.statements.routines.records import exact, fetch_exactly, is_float
from redshift_emulator.statements.routines.variables import Scope, Slot, Value, shown_type, written

Dispatch = Callable[[Statement, Session], str]
Nested = Callable[[Statement, Scope], None]
"""Runs a CALL, whose INOUT arguments are variables of the scope."""
Rows = Sequence[tuple[Value, ...]]

# https://www.postgresql.org/docs/8.0/plpgsql-statements.html#PLPGSQL-STATEMENTS-DIAGNOSTICS
_SETS_FOUND = ("insert", "update", "delete", "merge")
_SEVERITIES = {"notice": "NOTICE", "info": "INFO", "warning": "WARNING"}


class _ReturnError(Exception):
    """RETURN."""


class _LeaveError(Exception):
    """EXIT or CONTINUE of the innermost loop."""

    def __init__(self, *, continues: bool) -> None:
        super().__init__()
        self.continues = continues


class Interpreter:
    """Runs one call of a procedure."""

    def __init__(self, session: Session, dispatch: Dispatch, scope: Scope, nested: Nested) -> None:
        self._session = session
        self._dispatch = dispatch
        self._scope = scope
        self._nested = nested
        self._row_count = 0

    def run(self, block: Block) -> None:
        """Run the outer block."""
        self._scope.slots["found"] = Slot(RedshiftType("boolean"), "f")
        try:
            self._block(block)
        except _ReturnError:
            return
        except _LeaveError:
            message = "EXIT and CONTINUE cannot be used outside a loop"
            raise RedshiftError(message, sqlstate="42601") from None

    def _block(self, block: Block) -> None:
        outer = self._scope
        self._scope = Scope(outer)
        try:
            for declared in block.variables:
                self._declare(declared)
            self._body(block.body)
        finally:
            self._scope = outer

    def _declare(self, declared: Variable | Alias) -> None:
        if isinstance(declared, Alias):
            self._scope.slots[declared.name] = self._scope.get(f"${declared.number}")
            return
        slot = Slot(declared.type, constant=declared.constant, not_null=declared.not_null)
        if declared.value is not None and declared.type is not None:
            slot.set(declared.name, self._value(declared.value, declared.type))
        elif declared.not_null:
            slot.set(declared.name, None)
        self._scope.slots[declared.name] = slot

    def _body(self, body: Body) -> None:
        for node in body:
            self._node(node)

    def _node(self, node: Node) -> None:
        match node:
            case Assign():
                self._assign(node)
            case If():
                self._if(node)
            case Sql():
                self._sql(node)
            case Block():
                self._block(node)
            case Leave() | Return():
                self._leave(node)
            case Raise() | Diagnostics():
                self._report(node)
            case _:
                self._loop(node)

    def _leave(self, node: Leave | Return) -> None:
        if isinstance(node, Return):
            raise _ReturnError
        if node.condition is None or self._is_true(node.condition):
            raise _LeaveError(continues=node.continues)

    def _report(self, node: Raise | Diagnostics) -> None:
        if isinstance(node, Raise):
            self._raise(node)
        else:
            self._scope.get(node.name).assign(node.name, str(self._row_count))

    def _assign(self, node: Assign) -> None:
        slot = self._scope.get(node.name)
        if slot.type is None:
            raise NotSupportedError("assignment to a record: not supported by the emulator")
        slot.assign(node.name, self._value(node.value, slot.type))

    def _if(self, node: If) -> None:
        for condition, body in node.branches:
            if self._is_true(condition):
                self._body(body)
                return
        self._body(node.otherwise)

    # --- loops ----------------------------------------------------------------------------------

    def _loop(self, node: While | ForRange | ForQuery) -> None:
        match node:
            case While():
                while node.condition is None or self._is_true(node.condition):
                    if not self._iterate(node.body):
                        return
            case ForRange():
                self._for_range(node)
            case ForQuery():
                self._for_query(node)

    def _iterate(self, body: Body) -> bool:
        """Run the body of a loop; return whether the loop goes on."""
        try:
            self._body(body)
        except _LeaveError as left:
            return left.continues
        return True

    def _for_range(self, node: ForRange) -> None:
        number = RedshiftType("integer")
        first, last = (self._value(bound, number) for bound in (node.first, node.last))
        if first is None or last is None:
            raise RedshiftError("a bound of a FOR loop cannot be NULL", sqlstate="22004")
        step = -1 if node.reverse else 1
        outer, self._scope = self._scope, Scope(self._scope)
        values = range(int(first), int(last) + step, step)
        try:
            for value in values:
                self._scope.slots[node.name] = Slot(number, str(value))
                if not self._iterate(node.body):
                    break
        finally:
            self._scope = outer
        self._set_found(len(values))

    def _for_query(self, node: ForQuery) -> None:
        columns, rows = self._query(self._text(node.query, dynamic=node.dynamic))
        for row in rows:
            self._store(node.targets, columns, row)
            if not self._iterate(node.body):
                break
        self._set_found(len(rows))

    # --- SQL ------------------------------------------------------------------------------------

    def _sql(self, node: Sql) -> None:
        if node.statement.tokens[0].is_word("call") and not node.dynamic:
            self._nested(node.statement, self._scope)
            return
        text = self._text(node.statement, dynamic=node.dynamic)
        if node.targets:
            columns, rows = self._query(text)
            row = rows[0] if rows else (None,) * len(columns)
            self._store(node.targets, columns, row)
            self._set_found(len(rows))
            return
        for statement in split(text, case_sensitive=self._session.case_sensitive):
            self._run(statement, dynamic=node.dynamic)

    def _text(self, statement: Statement, *, dynamic: bool) -> str:
        """Return the SQL text: of EXECUTE, the value of its expression."""
        if not dynamic:
            return self._scope.replaced(statement)
        text = self._value(statement, RedshiftType("varchar", 65535))
        if text is None:
            message = "cannot EXECUTE a null querystring"
            raise RedshiftError(message, sqlstate="22004")
        return text

    def _run(self, statement: Statement, *, dynamic: bool) -> None:
        check_allowed(statement)
        first = statement.tokens[0]
        if first.is_word("commit", "rollback"):
            self._control(first.value.upper(), dynamic=dynamic)
            return
        if first.is_word("truncate"):
            require_top_level(self._session, "TRUNCATE")
        tag = self._session.run_discarding(lambda: self._dispatch(statement, self._session))
        count = tag.rsplit(" ", 1)[-1]
        self._row_count = int(count) if count.isdigit() else 0
        if first.is_word(*_SETS_FOUND) and not dynamic:
            self._set_found(self._row_count)

    def _control(self, word: str, *, dynamic: bool) -> None:
        if dynamic:
            raise NotSupportedError(f"{word} cannot be run by EXECUTE")
        require_top_level(self._session, word)
        if word == "COMMIT":
            self._session.commit_implicitly()
        else:
            self._session.backend.execute("ROLLBACK; BEGIN")
            self._session.meter.end_transaction()

    def _query(self, text: str) -> tuple[list[tuple[str, RedshiftType]], Rows]:
        statements = split(text, case_sensitive=self._session.case_sensitive)
        if len(statements) != 1 or not statements[0].tokens[0].is_word("select", "with"):
            raise RedshiftError("INTO and FOR take one query", sqlstate="42601")
        with rewritten(statements[0], self._session) as (query, _):
            return fetch_exactly(self._session, query.sql.text)

    def _store(
        self,
        targets: Sequence[str],
        columns: Sequence[tuple[str, RedshiftType]],
        row: tuple[Value, ...],
    ) -> None:
        first = self._scope.get(targets[0])
        if first.type is None:
            pairs = zip(columns, row, strict=True)
            first.fields = {name: (value, kind) for (name, kind), value in pairs}
            return
        if len(targets) != len(row):
            message = "the number of variables of INTO is not that of the columns"
            raise RedshiftError(message, sqlstate="42601")
        for name, value, (_, kind) in zip(targets, row, columns, strict=True):
            slot = self._scope.get(name)
            if slot.type is None:
                raise RedshiftError(f'"{name}" is a record in a list', sqlstate="42601")
            known = kind if is_float(kind) and not is_float(slot.type) else None
            slot.assign(name, self._converted(value, slot.type, known))

    # --- expressions ----------------------------------------------------------------------------

    def _value(self, expression: Statement, kind: RedshiftType) -> Value:
        return self.evaluate(f"({self._scope.replaced(expression)})", kind)

    def _converted(
        self, value: Value, kind: RedshiftType, source: RedshiftType | None = None
    ) -> Value:
        return None if value is None else self.evaluate(written(value, source), kind)

    def evaluate(self, text: str, kind: RedshiftType | None = None) -> Value:
        """Return the value of an expression, converted to a type."""
        cast = text
        if kind is not None and kind.name not in {"super", "varbyte"}:
            cast = f"CAST({text} AS {shown_type(kind)})"
        query = split(f"SELECT {cast}", case_sensitive=self._session.case_sensitive)[0]
        with rewritten(query, self._session) as (select, _):
            ((value,),) = self._session.query(exact(select.sql.text, kind))
        return value

    def _is_true(self, condition: Statement) -> bool:
        return self._value(condition, RedshiftType("boolean")) == "t"

    def _set_found(self, rows: int) -> None:
        self._row_count = rows
        self._scope.get("found").set("found", "t" if rows else "f")

    def _raise(self, node: Raise) -> None:
        values = [self.evaluate(f"({self._scope.replaced(each)})") for each in node.values]
        remaining = iter("<NULL>" if value is None else value for value in values)
        message = re.sub("%%|%", lambda m: "%" if m[0] == "%%" else next(remaining), node.text)
        if node.level == "exception":
            raise RedshiftError(message, sqlstate="P0001")
        if node.level in _SEVERITIES:
            self._session.notice(message, _SEVERITIES[node.level])
