"""The handler of each statement, and the refusal of all other statements."""

from collections.abc import Callable

from redshift_emulator.language.errors import NewerRelationError, RedshiftError
from redshift_emulator.language.parser import Parser
from redshift_emulator.language.queries.names.catalog_names import refuse_internal
from redshift_emulator.language.queries.text.changes import find_change
from redshift_emulator.language.shown_statements import shown
from redshift_emulator.language.tokens import Statement
from redshift_emulator.language.words import words
from redshift_emulator.protocol.backend import BackendError
from redshift_emulator.session.long_names import save_names_of
from redshift_emulator.session.query_steps import record_steps
from redshift_emulator.session.session import Session
from redshift_emulator.statements import (
    analyze,
    cancel,
    comment,
    databases,
    insert_update_delete,
    lock,
    materialized_views,
    merge,
    schemas,
    set_reset_show,
    show_grants,
    unload,
    vacuum,
    views,
)
from redshift_emulator.statements import copy as copying
from redshift_emulator.statements.access import (
    create_role,
    grant,
    groups,
    session_authorization,
    users,
)
from redshift_emulator.statements.access.system_privileges import privileged
from redshift_emulator.statements.queries import cursors, explain, prepared
from redshift_emulator.statements.routines import call, functions, procedures
from redshift_emulator.statements.show_description import describe_show
from redshift_emulator.statements.tables import (
    alter_table,
    create_table,
    drop_table,
    select_into,
    truncate,
)
from redshift_emulator.statements.unsupported import (
    NOT_HERE,
    NOT_IN_REDSHIFT,
    longest,
    not_supported,
)

Handler = Callable[[Statement, Session], str]


def _create_or_replace(statement: Statement, session: Session) -> str:
    kind = statement.words(4)[3:]
    if kind == ("function",):
        return functions.create_function(statement, session)
    if kind == ("procedure",):
        return procedures.create_procedure(statement, session)
    if error := not_supported(("create", *statement.words(5)[3:]), replaces=True):
        raise error
    return views.create_view(statement, session)


def _set(statement: Statement, session: Session) -> str:
    if statement.words(4)[1:4] in _AUTHORIZATION or statement.words(3)[1:] in _AUTHORIZATION:
        return session_authorization.set_session_authorization(statement, session)
    return set_reset_show.set_parameter(statement, session)


def _describing(show: Handler) -> Handler:
    """Return a handler that describes a SHOW whose parameters have no values yet."""
    return lambda statement, session: (
        describe_show(statement, session) if statement.parameters else show(statement, session)
    )


_AUTHORIZATION = frozenset({("session", "authorization"), ("local", "session", "authorization")})
HANDLERS: dict[tuple[str, ...], Handler] = {
    ("alter", "database"): databases.alter_database,
    ("alter", "default"): grant.alter_default_privileges,
    ("alter", "group"): groups.alter_group,
    ("alter", "materialized"): materialized_views.alter_materialized_view,
    ("alter", "procedure"): procedures.alter_procedure,
    ("alter", "role"): create_role.alter_role,
    ("alter", "schema"): schemas.alter_schema,
    ("alter", "table"): alter_table.alter_table,
    ("alter", "user"): users.alter_user,
    ("analyse",): analyze.analyze,
    ("analyze",): analyze.analyze,
    ("cancel",): cancel.cancel,
    ("close",): cursors.close,
    ("comment",): comment.comment,
    ("copy",): copying.run_copy,
    ("create", "database"): databases.create_or_drop_database,
    ("create", "function"): functions.create_function,
    ("create", "group"): groups.create_group,
    ("create", "local"): create_table.create_table,
    ("create", "materialized"): materialized_views.create_materialized_view,
    ("create", "or"): _create_or_replace,
    ("create", "procedure"): procedures.create_procedure,
    ("create", "role"): create_role.create_role,
    ("create", "schema"): schemas.create_schema,
    ("create", "table"): create_table.create_table,
    ("create", "temp"): create_table.create_table,
    ("create", "temporary"): create_table.create_table,
    ("create", "user"): users.create_user,
    ("create", "view"): views.create_view,
    ("deallocate",): prepared.deallocate,
    ("declare",): cursors.declare,
    ("delete",): insert_update_delete.delete,
    ("drop", "database"): databases.create_or_drop_database,
    ("drop", "function"): functions.drop_function,
    ("drop", "group"): groups.drop_group,
    ("drop", "materialized"): materialized_views.drop_materialized_view,
    ("drop", "procedure"): procedures.drop_procedure,
    ("drop", "role"): create_role.drop_role_statement,
    ("drop", "schema"): schemas.drop_schema,
    ("drop", "table"): drop_table.drop_table,
    ("drop", "user"): users.drop_user,
    ("drop", "view"): views.drop_view,
    ("explain",): explain.explain,
    ("fetch",): cursors.fetch,
    ("grant",): grant.grant,
    ("insert",): insert_update_delete.insert,
    ("lock",): lock.lock,
    ("merge",): merge.merge,
    ("prepare",): prepared.prepare,
    ("refresh",): materialized_views.refresh_materialized_view,
    ("reset",): set_reset_show.reset,
    ("reset", "session"): session_authorization.reset_session_authorization,
    ("revoke",): grant.revoke,
    ("select",): select_into.select_or_into,
    ("set",): _set,
    ("show",): _describing(set_reset_show.show),
    ("show", "column"): _describing(show_grants.show_column_grants),
    ("show", "grants"): _describing(show_grants.show_grants),
    ("truncate",): truncate.truncate,
    ("unload",): unload.unload,
    ("update",): insert_update_delete.update,
    ("vacuum",): vacuum.vacuum,
    ("with",): select_into.select_or_into,
}
READERS = frozenset(
    {
        "cancel",
        "close",
        "deallocate",
        "declare",
        "prepare",
        "explain",
        "fetch",
        "reset",
        "select",
        "set",
        "show",
        "unload",
        "with",
    }
)

# Those that name objects otherwise than queries, which know the schemas of their relations.
_DEFINING = words(
    """
    alter analyse analyze comment copy create drop grant lock refresh revoke set truncate vacuum
    """
)
# Statements that the compute nodes run, as they do queries of tables.
_ON_NODES = frozenset({"copy", "delete", "insert", "merge", "unload", "update"})


# Words that begin statements together with the next one.
_VERBS = {head[:1] for head in (*HANDLERS, *NOT_IN_REDSHIFT, *NOT_HERE) if len(head) > 1}


def dispatch(statement: Statement, session: Session) -> str:
    """Run a statement by the handler of its first words; return its command tag.

    If another session replaced a table while the first statement of a transaction waited for it,
    the snapshot is older than the table: the transaction begins again. A procedure may have
    committed before, and does not.
    """
    at_start, session.at_start = session.at_start, False
    try:
        return _dispatch(statement, session)
    except NewerRelationError:
        if not at_start or statement.words(1) == ("call",):
            raise
    session.restart_transaction("ROLLBACK")
    return _dispatch(statement, session)


def _dispatch(statement: Statement, session: Session) -> str:
    history = session.meter.cluster.history
    history.begin(session.backend.process_id, session.query_id, shown(statement))
    history.show_to(statement)
    if statement.tokens[0].is_operator("("):
        return select_into.select_or_into(statement, session)
    head = _head(statement)
    if head[:1] == ("execute",):
        return _execute(statement, session)
    handler = HANDLERS.get(head[:2]) or (None if longest(NOT_HERE, head) else _of_word(head))
    if handler is None:
        raise refusal(statement)
    if head[0] in _DEFINING:
        refuse_internal(statement)
    if session.read_only and head[0] not in READERS:
        message = f"cannot execute {head[0].upper()} in a read-only transaction"
        raise RedshiftError(message, sqlstate="25006")
    if head[0] not in READERS and head[0] not in {"call", "lock"}:
        session.meter.before_write(head[0])
    session.on_nodes = session.on_nodes or head[0] in _ON_NODES
    save_names_of(statement, session)
    with privileged(head, session):
        return record_steps(session, lambda: handler(statement, session))


def _head(statement: Statement) -> tuple[str, ...]:
    """Return the first words of a statement, of UPDATE and DELETE without the WITH before."""
    head = statement.words(3)
    change = find_change(statement) if head[:1] == ("with",) else 0
    word = statement.tokens[change].value
    return (word,) if word in {"update", "delete"} else head


def _of_word(head: tuple[str, ...]) -> Handler | None:
    """Return the handler of the statements that begin with a word, whatever follows."""
    return _call if head[:1] == ("call",) else HANDLERS.get(head[:1])


def _call(statement: Statement, session: Session) -> str:
    return call.call(statement, session, dispatch)


def _execute(statement: Statement, session: Session) -> str:
    """Run a statement of PREPARE; errors have no position, because its text is another one."""
    try:
        return dispatch(prepared.executed(statement, session), session)
    except BackendError as error:
        error.fields.pop("P", None)
        raise


def refusal(statement: Statement) -> RedshiftError:
    """Return the error about a statement that Redshift, the emulator, or both do not support."""
    found = statement.words(3)
    if error := not_supported(found):
        return error
    return Parser(statement, 1 if found[:1] in _VERBS else 0).fail()
