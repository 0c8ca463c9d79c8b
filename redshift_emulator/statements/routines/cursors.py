"""OPEN, FETCH and CLOSE of procedures.

https://docs.aws.amazon.com/redshift/latest/dg/c_PLpgSQL-statements.html
"""

from redshift_emulator.language.errors import RedshiftError
from redshift_emulator.language.procedures.nodes import REFCURSOR, Close, Cursor, CursorNode, Open
from redshift_emulator.statements.routines.frame import Frame
from redshift_emulator.statements.routines.portals import IMPLICIT
from redshift_emulator.statements.routines.variables import Scope, Slot


def run_cursor(node: CursorNode, frame: Frame) -> None:
    """Run a statement of a cursor; the value of its variable is the name of the open cursor."""
    slot = frame.scope.get(node.name)
    if slot.type != REFCURSOR:
        raise RedshiftError(f'"{node.name}" is not a cursor', sqlstate="42804")
    portals = frame.context.portals
    if isinstance(node, Open):
        text = _query(node, slot.cursor, frame)
        if slot.value is None:
            slot.assign(node.name, IMPLICIT)
        portals.open(slot.value or IMPLICIT, text)
        return
    if slot.value is None:
        message = f'cursor variable "{node.name}" is NULL'
        raise RedshiftError(message, sqlstate="22004")
    if isinstance(node, Close):
        portals.close(slot.value)
        return
    columns, row = portals.fetch(slot.value)
    frame.store(node.targets, columns, row)
    frame.set_found(0 if row is None else 1)


def _query(node: Open, bound: Cursor | None, frame: Frame) -> str:
    """Return the text of the query that OPEN names, or with which the cursor was declared."""
    if node.query is not None:
        if bound is not None:
            message = f'cursor "{node.name}" was declared with a query'
            raise RedshiftError(message, sqlstate="42601")
        return frame.text(node.query, dynamic=node.dynamic)
    if bound is None:
        message = f'cursor "{node.name}" was declared without a query'
        raise RedshiftError(message, sqlstate="42601")
    if len(node.values) != len(bound.arguments):
        message = f'cursor "{node.name}" has {len(bound.arguments)} arguments'
        raise RedshiftError(message, sqlstate="42601")
    scope = Scope(frame.scope)
    for value, (name, kind) in zip(node.values, bound.arguments, strict=True):
        scope.slots[name] = Slot(kind, frame.value(value, kind))
    return scope.replaced(bound.query)
