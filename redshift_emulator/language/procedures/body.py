"""The grammar of PL/pgSQL: blocks, conditions and loops.

https://docs.aws.amazon.com/redshift/latest/dg/c_PLpgSQL-statements.html
"""

from redshift_emulator.language.errors import NotSupportedError, RedshiftError
from redshift_emulator.language.parser import Parser
from redshift_emulator.language.procedures.nodes import (
    REFCURSOR,
    Alias,
    Block,
    Body,
    Case,
    Cursor,
    Declared,
    ForQuery,
    ForRange,
    Handler,
    If,
    Node,
    Variable,
    While,
)
from redshift_emulator.language.procedures.simple import parse_simple, until
from redshift_emulator.language.tokens import Kind, Statement, tokenized
from redshift_emulator.language.type_names import parse_type
from redshift_emulator.language.types import RedshiftType

MOST_BYTES = 2 * 1024 * 1024
MOST_VARIABLES = 1024
MOST_NESTED = 50
"""Levels of blocks, conditions and loops; Redshift's limit is not documented."""


def parse_body(text: str, *, case_sensitive: bool) -> Block:
    """Parse the body of a procedure; refuse what the emulator does not run."""
    if len(text.encode("utf-8")) > MOST_BYTES:
        raise RedshiftError("the source code of a procedure is limited to 2 MB", sqlstate="54000")
    text, tokens = tokenized(text, case_sensitive=case_sensitive)
    reader = _Reader(Parser(Statement(text, tuple(tokens))))
    block = reader.block(reader.label())
    reader.parser.accept_operator(";")
    reader.parser.expect_end()
    if reader.variables > MOST_VARIABLES:
        message = f"a procedure cannot have more than {MOST_VARIABLES} variables"
        raise RedshiftError(message, sqlstate="54000")
    return block


def parse_argument_type(parser: Parser) -> RedshiftType:
    """Parse the type of an argument or a variable, which may be a cursor's."""
    _refuse_copied_type(parser)
    return REFCURSOR if parser.accept("refcursor") else parse_type(parser)


def _refuse_copied_type(parser: Parser) -> None:
    """Refuse ``table.column%TYPE`` and ``table%ROWTYPE``, which Amazon does not document."""
    position = 1
    while (token := parser.ahead(position)) is not None and token.is_operator("."):
        position += 2
    word = parser.ahead(position + 1)
    copies = token is not None and token.is_operator("%")
    if copies and word is not None and word.is_word("type", "rowtype"):
        message = f"%{word.value.upper()} in procedures: not supported by the emulator"
        raise NotSupportedError(message)


class _Reader:
    def __init__(self, parser: Parser) -> None:
        self.parser = parser
        self.variables = 0
        self._depth = 0

    def label(self) -> str:
        """Parse ``<<label>>`` if it comes next."""
        parser = self.parser
        if not parser.accept_operator("<"):
            return ""
        parser.expect_operator("<")
        name = parser.take_name()
        parser.expect_operator(">")
        parser.expect_operator(">")
        return name

    def block(self, label: str) -> Block:
        parser = self.parser
        variables: list[Declared] = []
        if parser.accept("declare"):
            while not parser.at("begin"):
                variables.append(self._variable())
        parser.expect("begin")
        body = self._body("exception", "end")
        handler = self._handler() if parser.accept("exception") else None
        parser.expect("end")
        self._end_label(label)
        self.variables += len(variables)
        return Block(tuple(variables), body, handler, label)

    def _end_label(self, label: str) -> None:
        if label and self.parser.peek is not None and self.parser.peek.value == label:
            self.parser.take()

    def _handler(self) -> Handler:
        """Parse ``[CONTINUE_HANDLER | EXIT_HANDLER] WHEN OTHERS THEN statements``."""
        parser = self.parser
        continues = parser.accept_any("continue_handler", "exit_handler") == "continue_handler"
        parser.expect("when")
        if not parser.accept("others"):
            raise NotSupportedError(
                "EXCEPTION WHEN: Redshift supports no other condition than OTHERS"
            )
        parser.expect("then")
        return Handler(continues, self._body("when", "end"))

    def _variable(self) -> Declared:
        parser = self.parser
        name = parser.take_name()
        if parser.accept("alias", "for"):
            return self._alias(name)
        if parser.accept("cursor"):
            return self._cursor(name)
        constant = parser.accept("constant")
        kind = None if parser.accept("record") else parse_argument_type(parser)
        not_null = parser.accept("not", "null")
        value = None
        if parser.accept("default") or parser.accept_operator(":=") or parser.accept_operator("="):
            value = until(parser, ";")
        parser.expect_operator(";")
        return Variable(name, kind, constant, not_null, value)

    def _alias(self, name: str) -> Alias:
        """Parse ``$number``."""
        parser = self.parser
        token = parser.peek
        if token is None or token.kind is not Kind.PARAMETER:
            raise parser.fail()
        parser.take()
        parser.expect_operator(";")
        return Alias(name, int(token.value.removeprefix("$")))

    def _cursor(self, name: str) -> Cursor:
        """Parse ``[(argument type, ...)] { FOR | IS } query``."""
        parser = self.parser
        arguments: list[tuple[str, RedshiftType]] = []
        if parser.accept_operator("("):
            arguments = parser.take_list(lambda: (parser.take_name(), parse_type(parser)))
            parser.expect_operator(")")
        if parser.accept_any("for", "is") is None:
            raise parser.fail()
        query = until(parser, ";")
        parser.expect_operator(";")
        return Cursor(name, tuple(arguments), query)

    def _body(self, *ends: str) -> Body:
        nodes: list[Node] = []
        self._depth += 1
        if self._depth > MOST_NESTED:
            message = f"statements cannot be nested more than {MOST_NESTED} levels deep here"
            raise RedshiftError(message, sqlstate="54001")
        while not any(map(self.parser.at, ends)):
            node = self._node()
            if node is not None:
                nodes.append(node)
        self._depth -= 1
        return tuple(nodes)

    def _node(self) -> Node | None:
        parser = self.parser
        label = self.label()
        if parser.at("begin") or parser.at("declare"):
            block = self.block(label)
            parser.expect_operator(";")
            return block
        loop = parser.accept_any("while", "loop", "for")
        if loop is not None:
            return {"while": self._while, "loop": self._loop, "for": self._for}[loop](label)
        if label:
            raise parser.fail()
        if parser.accept("if"):
            return self._if()
        if parser.accept("case"):
            return self._case()
        return parse_simple(parser)

    def _if(self) -> Node:
        parser = self.parser
        branches: list[tuple[Statement, Body]] = []
        while True:
            condition = until(parser, "then")
            parser.expect("then")
            branches.append((condition, self._body("elsif", "elseif", "else", "end")))
            if parser.accept_any("elsif", "elseif") is None:
                break
        otherwise = self._body("end") if parser.accept("else") else ()
        parser.expect("end", "if")
        parser.expect_operator(";")
        return If(tuple(branches), otherwise)

    def _case(self) -> Node:
        parser = self.parser
        subject = None if parser.at("when") else until(parser, "when")
        branches: list[tuple[tuple[Statement, ...], Body]] = []
        while parser.accept("when"):
            values = [until(parser, ",", "then")]
            while subject is not None and parser.accept_operator(","):
                values.append(until(parser, ",", "then"))
            parser.expect("then")
            branches.append((tuple(values), self._body("when", "else", "end")))
        if not branches:
            raise parser.fail()
        otherwise = self._body("end") if parser.accept("else") else None
        parser.expect("end", "case")
        parser.expect_operator(";")
        return Case(subject, tuple(branches), otherwise)

    def _while(self, label: str) -> Node:
        condition = until(self.parser, "loop")
        self.parser.expect("loop")
        return While(condition, self._rest_of_loop(label), label)

    def _loop(self, label: str) -> Node:
        return While(None, self._rest_of_loop(label), label)

    def _rest_of_loop(self, label: str) -> Body:
        body = self._body("end")
        self.parser.expect("end", "loop")
        self._end_label(label)
        self.parser.expect_operator(";")
        return body

    def _for(self, label: str) -> Node:
        parser = self.parser
        names = tuple(parser.take_list(parser.take_name))
        parser.expect("in")
        reverse = parser.accept("reverse")
        dynamic = parser.accept("execute")
        source = until(parser, "loop")
        parser.expect("loop")
        body = self._rest_of_loop(label)
        dots = [i for i, token in enumerate(source.tokens) if token.is_operator("..")]
        if dots and not dynamic:
            first = Statement(source.text, source.tokens[: dots[0]])
            last = Statement(source.text, source.tokens[dots[0] + 1 :])
            return ForRange(names[0], first, last, reverse, body, label)
        return ForQuery(names, source, dynamic, body, label)


def continues(block: Block) -> bool:
    """Return whether a block, or a block within it, has a CONTINUE_HANDLER."""
    nodes: list[object] = [block]
    while nodes:
        node = nodes.pop()
        if isinstance(node, Handler) and node.continues:
            return True
        if isinstance(node, tuple):
            nodes += node
        elif isinstance(node, Block | Handler | If | Case | While | ForRange | ForQuery):
            nodes += [getattr(node, name) for name in _PARTS if hasattr(node, name)]
    return False


_PARTS = ("body", "handler", "branches", "otherwise")
