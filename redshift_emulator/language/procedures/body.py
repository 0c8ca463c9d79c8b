"""The grammar of PL/pgSQL, as far as the emulator runs it.

https://docs.aws.amazon.com/redshift/latest/dg/c_PLpgSQL-statements.html
"""

from redshift_emulator.language.errors import NotSupportedError, RedshiftError
from redshift_emulator.language.parser import Parser
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
from redshift_emulator.language.tokens import Kind, Statement, Token, tokenized
from redshift_emulator.language.type_names import parse_type

_NOT_HERE = {
    "open": "cursors", "fetch": "cursors", "close": "cursors", "move": "cursors",
    "case": "CASE statements", "perform": "PERFORM", "<": "labels",
    "exception": "EXCEPTION blocks",
}  # fmt: skip
_LEVELS = ("notice", "info", "log", "warning", "exception")
MOST_BYTES = 2 * 1024 * 1024


def parse_body(text: str, *, case_sensitive: bool) -> Block:
    """Parse the body of a procedure; refuse what the emulator does not run."""
    if len(text.encode("utf-8")) > MOST_BYTES:
        raise RedshiftError("the source code of a procedure is limited to 2 MB", sqlstate="54000")
    tokens = tuple(tokenized(text, case_sensitive=case_sensitive))
    reader = _Reader(Parser(Statement(text, tokens)))
    block = reader.block()
    reader.parser.accept_operator(";")
    reader.parser.expect_end()
    return block


class _Reader:
    def __init__(self, parser: Parser) -> None:
        self.parser = parser

    def block(self) -> Block:
        parser = self.parser
        self._refuse()
        variables: list[Variable | Alias] = []
        if parser.accept("declare"):
            while not parser.at("begin"):
                variables.append(self._variable())
        parser.expect("begin")
        body = self._body("end")
        parser.expect("end")
        return Block(tuple(variables), body)

    def _variable(self) -> Variable | Alias:
        parser = self.parser
        name = parser.take_name()
        if parser.accept("alias", "for"):
            number = int(parser.take().value.removeprefix("$"))
            parser.expect_operator(";")
            return Alias(name, number)
        constant = parser.accept("constant")
        if parser.at("cursor") or parser.at("refcursor"):
            raise NotSupportedError("cursors in procedures: not supported by the emulator")
        kind = None if parser.accept("record") else parse_type(parser)
        not_null = parser.accept("not", "null")
        value = None
        if parser.accept("default") or parser.accept_operator(":=") or parser.accept_operator("="):
            value = self._until(";")
        parser.expect_operator(";")
        return Variable(name, kind, constant, not_null, value)

    def _body(self, *ends: str) -> Body:
        nodes: list[Node] = []
        while not any(map(self.parser.at, ends)):
            node = self._node()
            if node is not None:
                nodes.append(node)
        return tuple(nodes)

    def _refuse(self) -> None:
        token = self.parser.peek
        if token is None:
            raise self.parser.fail()
        what = _NOT_HERE.get(token.value) if token.kind in {Kind.WORD, Kind.OPERATOR} else None
        if what is not None:
            raise NotSupportedError(f"{what} in procedures: not supported by the emulator")

    def _node(self) -> Node | None:
        self._refuse()
        parser = self.parser
        if parser.at("begin") or parser.at("declare"):
            block = self.block()
            parser.expect_operator(";")
            return block
        word = parser.accept_any("if", "while", "loop", "for", "exit", "continue", "raise",
                                 "execute", "return", "null", "get")  # fmt: skip
        if word is None:
            return self._assignment_or_sql()
        node = {
            "if": self._if, "while": self._while, "loop": self._loop, "for": self._for,
            "raise": self._raise, "execute": self._execute, "get": self._diagnostics,
        }.get(word)  # fmt: skip
        if node is not None:
            return node()
        found: Node | None = Return() if word == "return" else None
        if word in {"exit", "continue"}:
            condition = self._until(";") if parser.accept("when") else None
            found = Leave(word == "continue", condition)
        parser.expect_operator(";")
        return found

    def _assignment_or_sql(self) -> Node:
        parser = self.parser
        following = parser.ahead(1)
        if following is not None and following.is_operator(":=", "="):
            name = parser.take_type_word()
            parser.take()
            value = self._until(";")
            parser.expect_operator(";")
            return Assign(name, value)
        statement = self._until(";")
        parser.expect_operator(";")
        return _sql(statement)

    def _if(self) -> Node:
        parser = self.parser
        branches: list[tuple[Statement, Body]] = []
        while True:
            condition = self._until("then")
            parser.expect("then")
            branches.append((condition, self._body("elsif", "elseif", "else", "end")))
            if parser.accept_any("elsif", "elseif") is None:
                break
        otherwise = self._body("end") if parser.accept("else") else ()
        parser.expect("end", "if")
        parser.expect_operator(";")
        return If(tuple(branches), otherwise)

    def _while(self) -> Node:
        condition = self._until("loop")
        self.parser.expect("loop")
        return While(condition, self._rest_of_loop())

    def _loop(self) -> Node:
        return While(None, self._rest_of_loop())

    def _rest_of_loop(self) -> Body:
        body = self._body("end")
        self.parser.expect("end", "loop")
        self.parser.expect_operator(";")
        return body

    def _for(self) -> Node:
        parser = self.parser
        names = tuple(parser.take_list(parser.take_name))
        parser.expect("in")
        reverse = parser.accept("reverse")
        dynamic = parser.accept("execute")
        source = self._until("loop")
        parser.expect("loop")
        body = self._rest_of_loop()
        dots = [i for i, token in enumerate(source.tokens) if token.is_operator("..")]
        if dots and not dynamic:
            first = Statement(source.text, source.tokens[: dots[0]])
            last = Statement(source.text, source.tokens[dots[0] + 1 :])
            return ForRange(names[0], first, last, reverse, body)
        return ForQuery(names, source, dynamic, body)

    def _raise(self) -> Node:
        parser = self.parser
        level = parser.accept_any(*_LEVELS)
        if level is None:
            raise parser.fail()
        text = parser.take_string()
        values: list[Statement] = []
        while parser.accept_operator(","):
            values.append(self._until(",", ";"))
        parser.expect_operator(";")
        if text.replace("%%", "").count("%") != len(values):
            message = "RAISE needs a value for each % of its format"
            raise RedshiftError(message, sqlstate="42601")
        return Raise(level, text, tuple(values))

    def _execute(self) -> Node:
        expression = self._until("into", ";")
        targets: tuple[str, ...] = ()
        if self.parser.accept("into"):
            targets = tuple(self.parser.take_list(self.parser.take_name))
        self.parser.expect_operator(";")
        return Sql(expression, targets, dynamic=True)

    def _diagnostics(self) -> Node:
        parser = self.parser
        parser.expect("diagnostics")
        name = parser.take_name()
        if not parser.accept_operator(":="):
            parser.expect_operator("=")
        parser.expect("row_count")
        parser.expect_operator(";")
        return Diagnostics(name)

    def _until(self, *ends: str) -> Statement:
        """Take tokens up to a word or mark outside of parentheses; at least one."""
        parser, first, depth = self.parser, self.parser.position, 0
        while not (depth == 0 and _is_end(parser.peek, ends)):
            token = parser.take()
            depth += token.is_operator("(") - token.is_operator(")")
            depth += token.is_word("case")
            depth -= token.is_word("end")
            if token.is_operator(";"):
                parser.position -= 1
                raise parser.fail()
        if parser.position == first:
            raise parser.fail()
        statement = parser.statement
        return Statement(statement.text, statement.tokens[first : parser.position])


def _is_end(token: Token | None, ends: tuple[str, ...]) -> bool:
    return token is not None and (token.is_word(*ends) or token.is_operator(*ends))


def _sql(statement: Statement) -> Sql:
    """Take INTO out of a SELECT: ``SELECT INTO a, b ...`` or ``SELECT ... INTO a FROM ...``."""
    tokens, depth = statement.tokens, 0
    for index, token in enumerate(tokens):
        depth += token.is_operator("(") - token.is_operator(")")
        if depth == 0 and token.is_word("into") and tokens[0].is_word("select", "with"):
            parser = Parser(statement, index + 1)
            targets = tuple(parser.take_list(parser.take_name))
            rest = (*tokens[:index], *tokens[parser.position :])
            return Sql(Statement(statement.text, rest), targets, dynamic=False)
    return Sql(statement, (), dynamic=False)
