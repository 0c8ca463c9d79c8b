"""The statements that Redshift or the emulator does not support, by their first words."""

from collections.abc import Iterable

from redshift_emulator.language.errors import NotSupportedError
from redshift_emulator.language.words import words


def _heads(listed: str) -> tuple[tuple[str, ...], ...]:
    """Return the first words of statements: ``("create", "index")`` for ``create index``."""
    return tuple(tuple(head.split()) for head in listed.split(","))


# Statements that PostgreSQL supports and Redshift does not.
# https://docs.aws.amazon.com/redshift/latest/dg/c_unsupported-postgresql-features.html
NOT_IN_REDSHIFT = _heads("""
    savepoint, release, do, listen, notify, unlisten, load, cluster, reindex, discard,
    checkpoint, refresh publication, create unique, create unlogged, create constraint,
    create default, drop owned, reassign, alter view, alter large, security, import, move, table,
    values, alter role set
""") + tuple(
    (verb, kind)
    for verb in ("create", "alter", "drop")
    for kind in words(
        """
        access aggregate cast collation conversion domain event extension foreign index language
        operator policy publication routine rule sequence server statistics subscription
        tablespace text transform trigger type
        """
    )
)
# Statements that Redshift supports and the emulator does not, also those whose first word alone
# begins statements that the emulator has.
# https://docs.aws.amazon.com/redshift/latest/dg/c_SQL_commands.html
NOT_HERE = _heads("""
    alter function, alter system,
    attach masking policy, attach rls policy, detach masking policy, detach rls policy,
    copy job alter, copy job drop, copy job list, copy job run, copy job show,
    create external, desc datashare, desc identity provider, reset use,
    show external table, show masking policies, show model,
    show policies, show rls policies, show template, show templates, show use, use
""") + tuple(
    (verb, *kind)
    for verb in ("create", "alter", "drop")
    for kind in _heads("""
        datashare, external function, external model, external schema, external table,
        external view, identity provider, library, masking policy, model, rls policy, template
    """)
)


def longest(heads: Iterable[tuple[str, ...]], found: tuple[str, ...]) -> tuple[str, ...]:
    """Return the longest of the heads that the words of a statement begin with, or ``()``."""
    return max((head for head in heads if found[: len(head)] == head), key=len, default=())


def not_supported(found: tuple[str, ...], *, replaces: bool = False) -> NotSupportedError | None:
    """Return the error about a statement with these first words, None if they are unknown.

    ``replaces``: the statement has OR REPLACE behind the first word.
    """
    for heads, where in ((NOT_IN_REDSHIFT, "Redshift"), (NOT_HERE, "the emulator")):
        if known := longest(heads, found):
            what = " ".join((known[0], "or replace", *known[1:]) if replaces else known)
            return NotSupportedError(f"{what.upper()}: not supported by {where}")
    return None
