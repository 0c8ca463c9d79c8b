"""Runs PL/pgSQL: its statements, one by one, by the emulator's own handlers.

https://docs.aws.amazon.com/redshift/latest/dg/c_PLpgSQL-statements.html
"""

from collections.abc import Callable

from redshift_emulator.language.errors import NotSupportedError, RedshiftError
from redshift_emulator.language.procedures.nodes import (
    Assign,
    Block,
    Body,
    Case,
    Close,
    Diagnostics,
    Fetch,
    ForQuery,
    ForRange,
    Handler,
    If,
    Leave,
    Loop,
    Node,
    Open,
    Raise,
    Return,
    Sql,
    StartTransaction,
    While,
)
from redshift_emulator.language.tokens import Statement, split
from redshift_emulator.language.types import RedshiftType
from redshift_emulator.protocol.backend import BackendError
from redshift_emulator.statements.routines.cursors import run_cursor
from redshift_emulator.statements.routines.frame import TEXT, Context, Frame, message_slot
from redshift_emulator.statements.routines.recorded_calls import Call
from redshift_emulator.statements.routines.transactions import RAISED, check_allowed, is_caught
from redshift_emulator.statements.routines.variables import Scope, Slot

Nested = Callable[[Statement, Scope], None]
"""Runs a CALL, whose INOUT arguments are variables of the scope."""

# https://www.postgresql.org/docs/8.0/plpgsql-statements.html#PLPGSQL-STATEMENTS-DIAGNOSTICS
_SETS_FOUND = ("insert", "update", "delete", "merge")


class _ReturnError(Exception):
    """RETURN."""


class _LeaveError(Exception):
    """EXIT or CONTINUE of the loop with a label, or of the innermost one."""

    def __init__(self, label: str, *, continues: bool) -> None:
        super().__init__()
        self.label = label
        self.continues = continues


class Interpreter:
    """Runs one call of a procedure."""

    def __init__(self, context: Context, scope: Scope, nested: Nested, call: Call) -> None:
        self._context = context
        self._frame = Frame(context, scope)
        self._nested = nested
        self._call = call
        self._handled: list[RedshiftError | BackendError] = []

    def run(self, block: Block) -> None:
        """Run the outer block."""
        try:
            self._block(block)
        except _ReturnError:
            return
        except _LeaveError as left:
            message = "EXIT and CONTINUE cannot be used outside a loop"
            if left.label:
                message = f'label "{left.label}" does not exist'
            raise RedshiftError(message, sqlstate="42601") from None

    def _body(self, body: Body) -> None:
        for node in body:
            self._node(node)

    def _node(self, node: Node) -> None:
        match node:
            case If():
                self._if(node)
            case Case():
                self._case(node)
            case Sql():
                self._sql(node)
            case Block():
                self._block(node)
            case Open() | Fetch() | Close():
                run_cursor(node, self._frame)
            case While() | ForRange() | ForQuery():
                self._loop(node)
            case _:
                self._simple(node)

    def _simple(
        self, node: Assign | Leave | Return | Raise | Diagnostics | StartTransaction
    ) -> None:
        match node:
            case Assign():
                self._assign(node)
            case Raise():
                self._raise(node)
            case Diagnostics():
                self._frame.scope.get(node.name).assign(node.name, str(self._frame.row_count))
            case StartTransaction():
                self._context.transactions.start()
            case Return():
                raise _ReturnError
            case Leave():
                if node.condition is None or self._frame.is_true(node.condition):
                    raise _LeaveError(node.label, continues=node.continues)

    def _assign(self, node: Assign) -> None:
        slot = self._frame.scope.get(node.name)
        if slot.type is None:
            raise NotSupportedError("assignment to a record: not supported by the emulator")
        slot.assign(node.name, self._frame.value(node.value, slot.type))

    def _if(self, node: If) -> None:
        for condition, body in node.branches:
            if self._frame.is_true(condition):
                self._body(body)
                return
        self._body(node.otherwise)

    def _case(self, node: Case) -> None:
        """Run CASE as an expression, whose value is the number of the branch."""
        replaced = self._frame.scope.replaced
        subject = "" if node.subject is None else f"({replaced(node.subject)})"
        whens = [
            f"WHEN ({replaced(value)}) THEN {number}"
            for number, (values, _) in enumerate(node.branches)
            for value in values
        ]
        text = f"CASE {subject} {' '.join(whens)} ELSE {len(node.branches)} END"
        chosen = int(self._context.expressions.evaluate(text) or 0)
        body = [*(body for _, body in node.branches), node.otherwise][chosen]
        if body is None:
            hint = "CASE statement is missing ELSE part."
            raise RedshiftError("case not found", sqlstate="20000", hint=hint)
        self._body(body)

    # --- blocks and their handlers of errors ----------------------------------------------------

    def _block(self, block: Block) -> None:
        with self._frame.inner_scope(block.label):
            try:
                for declared in block.variables:
                    self._frame.declare(declared)
                self._guarded(block)
            except _LeaveError as left:
                if left.continues or not left.label or left.label != block.label:
                    raise

    def _guarded(self, block: Block) -> None:
        for node in block.body:
            try:
                self._node(node)
            except (RedshiftError, BackendError) as error:
                if block.handler is None or not is_caught(error):
                    raise
                self._handle(block.handler, error)
                if not block.handler.continues:
                    return
                if isinstance(node, If | Case | Loop | Block):
                    message = "CONTINUE_HANDLER of an error within another statement"
                    raise NotSupportedError(
                        f"{message}: not supported by the emulator", hint=error.message
                    ) from error

    def _handle(self, handler: Handler, error: RedshiftError | BackendError) -> None:
        """Run the handler of an error; an atomic procedure throws the error again."""
        transactions = self._context.transactions
        transactions.recover(error, only_raises=all(isinstance(x, Raise) for x in handler.body))
        refusal = self._context.session.refusal(error)
        self._handled.append(error)
        with self._frame.inner_scope() as scope:
            scope.slots["sqlerrm"] = message_slot(refusal.message)
            scope.slots["sqlstate"] = Slot(TEXT, refusal.sqlstate)
            try:
                self._body(handler.body)
            except (_ReturnError, _LeaveError):
                if transactions.nonatomic:
                    raise
            finally:
                self._handled.pop()
        if not transactions.nonatomic:
            transactions.handled()
            raise error

    def _raise(self, node: Raise) -> None:
        if not node.level:
            if not (self._handled and self._context.transactions.nonatomic):
                raise RedshiftError(
                    "RAISE without a level is only valid in the exception handling blocks of"
                    " NONATOMIC procedures",
                    sqlstate="0Z002",
                )
            raise self._handled[-1]
        message = self._frame.message(node)
        self._call.log(node.level, message)
        if node.level == "exception":
            raise RedshiftError(message, sqlstate=RAISED)
        if node.level != "log":
            self._context.session.notice(message, node.level.upper())

    # --- loops ----------------------------------------------------------------------------------

    def _loop(self, node: Loop) -> None:
        if isinstance(node, ForRange):
            self._for_range(node)
        elif isinstance(node, ForQuery):
            self._for_query(node)
        else:
            while node.condition is None or self._frame.is_true(node.condition):
                if not self._iterate(node):
                    return

    def _iterate(self, loop: Loop) -> bool:
        """Run the body of a loop; return whether the loop goes on."""
        self._frame.check_client()
        try:
            self._body(loop.body)
        except _LeaveError as left:
            if left.label and left.label != loop.label:
                raise
            return left.continues
        return True

    def _for_range(self, node: ForRange) -> None:
        number = RedshiftType("integer")
        first, last = (self._frame.value(bound, number) for bound in (node.first, node.last))
        if first is None or last is None:
            raise RedshiftError("a bound of a FOR loop cannot be NULL", sqlstate="22004")
        step = -1 if node.reverse else 1
        values = range(int(first), int(last) + step, step)
        with self._frame.inner_scope(node.label) as scope:
            for value in values:
                scope.slots[node.name] = Slot(number, str(value))
                if not self._iterate(node):
                    break
        self._frame.set_found(len(values))

    def _for_query(self, node: ForQuery) -> None:
        text = self._frame.text(node.query, dynamic=node.dynamic)
        with self._context.portals.loop() as check:
            columns, rows = self._context.expressions.query(text)
            for row in rows:
                self._frame.store(node.targets, columns, row)
                if not self._iterate(node):
                    break
                check()
        self._frame.set_found(len(rows))

    # --- SQL ------------------------------------------------------------------------------------

    def _sql(self, node: Sql) -> None:
        if node.statement.tokens[0].is_word("call") and not node.dynamic:
            self._nested(node.statement, self._frame.scope)
            return
        text = self._frame.text(node.statement, dynamic=node.dynamic)
        if node.targets:
            columns, rows = self._context.expressions.query(text)
            self._frame.store(node.targets, columns, rows[0] if rows else None)
            self._frame.set_found(len(rows))
            self._context.transactions.end_statement()
            return
        for statement in split(text, case_sensitive=self._context.session.case_sensitive):
            self._run(statement, dynamic=node.dynamic)

    def _run(self, statement: Statement, *, dynamic: bool) -> None:
        check_allowed(statement)
        first = statement.tokens[0]
        transactions = self._context.transactions
        if first.is_word("commit", "rollback"):
            if dynamic:
                raise NotSupportedError(f"{first.value.upper()} cannot be run by EXECUTE")
            transactions.end(first.value.upper())
            return
        if first.is_word("call"):
            self._nested(statement, Scope())
            return
        if first.is_word("truncate"):
            transactions.require("TRUNCATE")
        tag = self._context.run(statement)
        count = tag.rsplit(" ", 1)[-1]
        self._frame.row_count = int(count) if count.isdigit() else 0
        if first.is_word(*_SETS_FOUND) and not dynamic:
            self._frame.set_found(self._frame.row_count)
        if first.is_word("truncate"):
            transactions.truncated()
        transactions.end_statement()
