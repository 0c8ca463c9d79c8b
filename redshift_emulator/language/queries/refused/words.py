"""Words of queries that PostgreSQL understands and Redshift or the emulator does not."""

from collections.abc import Sequence

from redshift_emulator.language.tokens import Token

# Sequences of words and parentheses that PostgreSQL would accept.
REFUSED = (
    (("distinct", "on"), "SELECT DISTINCT ON is not supported"),
    (("distinct", "from"), "IS DISTINCT FROM is not supported"),
    (("on", "conflict"), "INSERT ... ON CONFLICT is not supported"),
    (("for", "update"), "SELECT FOR UPDATE is not supported"),
    (("for", "share"), "SELECT FOR SHARE is not supported"),
    (("for", "no", "key"), "SELECT FOR NO KEY UPDATE is not supported"),
    (("for", "key", "share"), "SELECT FOR KEY SHARE is not supported"),
    (("search", "depth", "first"), "SEARCH is not supported"),
    (("search", "breadth", "first"), "SEARCH is not supported"),
    (("with", "no", "data"), "WITH NO DATA is not supported"),
    (("current_role",), "CURRENT_ROLE is not supported"),
    (("*", "exclude"), "EXCLUDE: not supported by the emulator"),
    (("ignore", "nulls"), "IGNORE NULLS: not supported by the emulator"),
    (("as", "materialized", "("), "MATERIALIZED is not supported"),
    (("with", "ordinality"), "WITH ORDINALITY is not supported"),
    (("returning",), "RETURNING is not supported"),
    (("lateral", "("), "LATERAL is not supported"),
    (("tablesample",), "TABLESAMPLE is not supported"),
    (("(", "+", ")"), "(+) in a late-binding view: not supported by the emulator"),
    (("connect", "by"), "CONNECT BY in a late-binding view: not supported by the emulator"),
    (("pivot", "("), "PIVOT in a late-binding view: not supported by the emulator"),
    (("unpivot",), "UNPIVOT of a SUPER, or in a late-binding view: not supported by the emulator"),
    (("(", "values", "("), "VALUES is supported only in INSERT"),
    (("(", "table"), "TABLE is not supported as a query"),
    (("(", "insert", "into"), "INSERT in a common table expression is not supported"),
    (("(", "delete", "from"), "DELETE in a common table expression is not supported"),
    ((")", "filter", "("), "FILTER is not supported"),
    (("fetch", "first"), "FETCH FIRST is not supported; use LIMIT"),
    (("fetch", "next"), "FETCH NEXT is not supported; use LIMIT"),
    (("from", "only"), "ONLY is not supported"),
    (("from", "rows", "from", "("), "ROWS FROM is not supported"),
    (("set", "("), "SET with a list of columns is not supported"),
    (("between", "symmetric"), "BETWEEN SYMMETRIC is not supported"),
    (("is", "json"), "IS JSON is not supported; use IS_VALID_JSON"),
    (("is", "not", "json"), "IS JSON is not supported; use IS_VALID_JSON"),
    (("like", "any"), "LIKE ANY is not supported"),
    (("like", "all"), "LIKE ALL is not supported"),
    (("like", "some"), "LIKE SOME is not supported"),
    (("ilike", "any"), "ILIKE ANY is not supported"),
    (("ilike", "all"), "ILIKE ALL is not supported"),
    (("ilike", "some"), "ILIKE SOME is not supported"),
    (("current_catalog",), "CURRENT_CATALOG is not supported"),
    (("is", "normalized"), "IS NORMALIZED is not supported"),
    (("is", "not", "normalized"), "IS NORMALIZED is not supported"),
    (("exclude", "ties"), "EXCLUDE in a window frame is not supported"),
    (("exclude", "group"), "EXCLUDE in a window frame is not supported"),
    (("exclude", "current", "row"), "EXCLUDE in a window frame is not supported"),
    (("exclude", "no", "others"), "EXCLUDE in a window frame is not supported"),
    (("at", "local"), "AT LOCAL is not supported"),
    (("group", "by", "distinct"), "GROUP BY DISTINCT is not supported"),
    (("intersect", "all"), "INTERSECT ALL is not supported"),
    (("except", "all"), "EXCEPT ALL is not supported"),
    (("minus", "all"), "MINUS ALL is not supported"),
    (("with", "check", "option"), "WITH CHECK OPTION is not supported"),
    (("with", "local", "check"), "WITH CHECK OPTION is not supported"),
    (("with", "cascaded", "check"), "WITH CHECK OPTION is not supported"),
    (("collation", "for", "("), "COLLATION FOR is not supported"),
    (("where", "current", "of"), "WHERE CURRENT OF is not supported"),
)


def matches(tokens: Sequence[Token], index: int, words: tuple[str, ...]) -> bool:
    """Return whether these words, parentheses and operators stand at a place."""
    found = tokens[index : index + len(words)]
    return len(found) == len(words) and all(
        token.is_operator(word) if word in "()*,+" else token.is_word(word)
        for token, word in zip(found, words, strict=True)
    )
