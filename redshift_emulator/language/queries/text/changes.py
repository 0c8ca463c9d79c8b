"""INSERT, UPDATE and DELETE: where they begin behind WITH, their targets, DELETE without FROM.

https://docs.aws.amazon.com/redshift/latest/dg/r_DELETE.html
"""

from redshift_emulator.language.parser import Name, Parser
from redshift_emulator.language.queries.text.splice import Splice, Spliced
from redshift_emulator.language.tokens import Statement, quoted


def find_change(statement: Statement) -> int:
    """Return the token of the INSERT, UPDATE, DELETE or MERGE after WITH; 0 if there is none."""
    depth = 0
    for index, token in enumerate(statement.tokens):
        depth += token.is_operator("(") - token.is_operator(")")
        follows = index and statement.tokens[index - 1].is_operator(")")
        if depth == 0 and follows and token.is_word("insert", "update", "delete", "merge"):
            return index
    return 0


def with_from(statement: Statement, first: int) -> Spliced | None:
    """Return the statement with FROM behind DELETE, None if it has it, or is another one."""
    tokens = statement.tokens
    index = first
    if tokens[first].is_word("with"):
        index = find_change(statement)
    following = tokens[index + 1 : index + 2]
    if not tokens[index].is_word("delete") or not following or following[0].is_word("from"):
        return None
    splice = Splice(statement.text)
    splice.insert(tokens[index].end, " FROM")
    return splice.apply(tokens[first].start, tokens[-1].end)


def take_insert(parser: Parser) -> tuple[Name, str]:
    """Take ``INSERT INTO name [(columns)]``; return the name, and the words for PostgreSQL."""
    parser.expect("insert", "into")
    name = parser.take_qualified()
    head = f"INSERT INTO {name.sql}"
    following = parser.ahead(1)
    if parser.at_operator("(") and following and not following.is_word("select", "with"):
        head += f" ({', '.join(quoted(column) for column in parser.take_names())})"
    return name, head
