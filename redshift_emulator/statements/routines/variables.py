"""The variables of a running procedure, and how they replace their names in statements."""

from dataclasses import dataclass, field

from redshift_emulator.language.errors import NotSupportedError, RedshiftError
from redshift_emulator.language.procedures.nodes import REFCURSOR, Cursor
from redshift_emulator.language.tokens import Kind, Statement, Token
from redshift_emulator.language.types import RedshiftType

Value = str | None
HEX = r"\x"
"""How PostgreSQL writes the bytes of a VARBYTE."""


def shown_type(kind: RedshiftType) -> str:
    """Return a type as Redshift's SQL spells it."""
    if kind == REFCURSOR:
        return "varchar(65535)"
    if kind.precision is not None:
        return f"numeric({kind.precision}, {kind.scale})"
    return f"interval {kind.qualifier}" if kind.qualifier else kind.name


def written(value: Value, kind: RedshiftType | None) -> str:
    """Write a value in Redshift's SQL, where backslashes escape."""
    if value is None:
        text = "NULL"
    else:
        escaped = value.replace("\\", "\\\\").replace("'", "''")
        text = f"'{escaped}'"
    if kind is None:
        return text
    if value is not None and kind.name == "super":
        return f"json_parse({text})"
    if value is not None and kind.name == "varbyte":
        return f"from_hex('{value.removeprefix(HEX)}')"
    if kind == RedshiftType("decimal") and value is not None:
        return f"({value})"  # computed, of unknown scale: the number itself
    return f"CAST({text} AS {shown_type(kind)})"


def shown(text: str) -> str:
    """Return the expression of what RAISE shows of a value, which ``written`` has written."""
    for reads, shows in (("json_parse(", "json_serialize"), ("from_hex(", "to_hex")):
        if text.startswith(reads):
            return f"{shows}({text})"
    return f"({text})"


@dataclass(slots=True)
class Slot:
    """A variable; ``type`` None is a RECORD, whose ``fields`` are its values.

    The value of a cursor is its name, ``cursor`` the query that it was declared with.
    """

    type: RedshiftType | None
    value: Value = None
    constant: bool = False
    not_null: bool = False
    fields: dict[str, tuple[Value, RedshiftType | None]] | None = None
    cursor: Cursor | None = None

    def assign(self, name: str, value: Value) -> None:
        """Assign a value; texts must fit."""
        if self.constant:
            raise RedshiftError(f'"{name}" is declared CONSTANT', sqlstate="22005")
        self.set(name, value)

    def set(self, name: str, value: Value) -> None:
        """Assign the first value of a constant, or any."""
        if value is None and self.not_null:
            message = f'NULL cannot be assigned to variable "{name}" declared NOT NULL'
            raise RedshiftError(message, sqlstate="22004")
        kind = self.type
        if value is not None and kind is not None and kind.name in {"char", "varchar"}:
            limit = kind.length or 65535
            if len(value.rstrip(" ").encode("utf-8")) > limit:
                shown = "character varying" if kind.name == "varchar" else "character"
                message = f"value too long for type {shown}({limit})"
                raise RedshiftError(message, sqlstate="22001")
            value = value.encode("utf-8")[:limit].decode("utf-8", "ignore")
        self.value = value


@dataclass(slots=True)
class Scope:
    """The variables of a block, and of those around it; its label may qualify its variables."""

    outer: "Scope | None" = None
    slots: dict[str, Slot] = field(default_factory=dict)
    label: str = ""

    def find(self, name: str) -> Slot | None:
        """Return a variable."""
        found = self.slots.get(name)
        if found is None and self.outer is not None:
            return self.outer.find(name)
        return found

    def get(self, name: str) -> Slot:
        """Return a variable, which must exist."""
        found = self.find(name)
        if found is None:
            raise RedshiftError(f'"{name}" is not a known variable', sqlstate="42601")
        return found

    def replaced(self, statement: Statement) -> str:
        """Return a statement's text with values in place of variables."""
        parts: list[str] = []
        index, tokens = 0, statement.tokens
        while index < len(tokens):
            found = self._value(tokens, index)
            text, count = found or (statement.text[tokens[index].start : tokens[index].end], 1)
            parts.append(text)
            index += count
        return " ".join(parts)

    def _value(self, tokens: tuple[Token, ...], index: int) -> tuple[str, int] | None:
        """Return the value of a variable and the number of tokens that name it."""
        token = tokens[index]
        before = tokens[index - 1] if index else None
        if not (token.is_name or token.kind is Kind.PARAMETER):
            return None
        if before is not None and (before.is_operator(".") or before.is_word("as")):
            return None
        following = [each.value for each in tokens[index + 1 : index + 3]]
        slot = self.find(token.value)
        if following[:1] != ["."]:
            found = slot is not None and slot.type is not None and following[:1] != ["("]
            return (written(slot.value, slot.type), 1) if slot is not None and found else None
        if slot is not None and slot.type is None:
            return _field(slot, token.value, following[-1]), 3
        return self._qualified(token.value, following[-1])

    def _qualified(self, label: str, name: str) -> tuple[str, int] | None:
        """Return the value of ``label.name``."""
        scope: Scope | None = self
        while scope is not None and scope.label != label:
            scope = scope.outer
        slot = scope.slots.get(name) if scope is not None else None
        if slot is None:
            return None
        if slot.type is None:
            raise NotSupportedError(f"{label}.{name}, a record: not supported by the emulator")
        return written(slot.value, slot.type), 3


def _field(slot: Slot, record: str, name: str) -> str:
    if slot.fields is None:
        message = f'record "{record}" is not assigned yet'
        raise RedshiftError(message, sqlstate="55000")
    if name not in slot.fields:
        message = f'record "{record}" has no field "{name}"'
        raise RedshiftError(message, sqlstate="42703")
    return written(*slot.fields[name])
