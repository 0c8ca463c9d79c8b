"""SELECT ... INTO: where it stands in a statement.

https://docs.aws.amazon.com/redshift/latest/dg/r_SELECT_INTO.html
"""

from redshift_emulator.language.tokens import Statement


def find_into(statement: Statement) -> int | None:
    """Return the token INTO of the outer SELECT, or None."""
    depth = 0
    for index, token in enumerate(statement.tokens):
        depth += token.is_operator("(") - token.is_operator(")")
        if depth == 0 and token.is_word("from"):
            return None
        if depth == 0 and token.is_word("into"):
            return index
    return None
