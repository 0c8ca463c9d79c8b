"""A statement's text as system tables show it: cut, and without secrets."""

from redshift_emulator.language.tokens import Kind, Statement

MOST_CHARACTERS = 4000
"""Of SYS_QUERY_HISTORY; other tables show less."""
_WITH_SECRETS = frozenset({"alter", "copy", "create", "unload"})
_SECRETS = frozenset(
    {"access_key_id", "credentials", "password", "secret_access_key", "session_token"}
    | {"master_symmetric_key"}
)


def shown(statement: Statement) -> str:
    """Return the beginning of the text; ``'***'`` stands for passwords and keys."""
    text, start = statement.text, statement.tokens[0].start
    end = min(statement.tokens[-1].end, start + MOST_CHARACTERS)
    if not _WITH_SECRETS.intersection(statement.words(1)):
        return text[start:end]
    parts, word = [], ""
    for token in statement.tokens:
        if token.start >= end:
            break
        if token.kind is Kind.STRING and word in _SECRETS:
            parts += [text[start : token.start], "'***'"]
            start = token.end
        elif token.kind is Kind.WORD and token.value != "as":
            word = token.value
    return "".join((*parts, text[start : max(start, end)]))
