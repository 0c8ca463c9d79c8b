"""The variables of a running procedure, and how they replace their names in statements."""

from dataclasses import dataclass, field

from redshift_emulator.language.errors import RedshiftError
from redshift_emulator.language.tokens import Kind, Statement, Token
from redshift_emulator.language.types import RedshiftType

Value = str | None


def shown_type(kind: RedshiftType) -> str:
    """Return a type as Redshift's SQL spells it."""
    if kind.precision is not None:
        return f"numeric({kind.precision}, {kind.scale})"
    return kind.name


def written(value: Value, kind: RedshiftType | None) -> str:
    """Write a value in Redshift's SQL, where backslashes escape."""
    if value is None:
        text = "NULL"
    else:
        escaped = value.replace("\\", "\\\\").replace("'", "''")
        text = f"'{escaped}'"
    if kind is None or kind.name in {"super", "varbyte"}:
        return text
    if kind == RedshiftType("decimal") and value is not None:
        return f"({value})"  # computed, of unknown scale: the number itself
    return f"CAST({text} AS {shown_type(kind)})"


@dataclass(slots=True)
class Slot:
    """A variable; ``type`` None is a RECORD, whose ``fields`` are its values."""

    type: RedshiftType | None
    value: Value = None
    constant: bool = False
    not_null: bool = False
    fields: dict[str, tuple[Value, RedshiftType | None]] | None = None

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
    """The variables of a block, and of those around it."""

    outer: "Scope | None" = None
    slots: dict[str, Slot] = field(default_factory=dict)

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
        skip = 0
        tokens = statement.tokens
        for index, token in enumerate(tokens):
            if index < skip:
                continue
            text = statement.text[token.start : token.end]
            slot = self._slot(tokens, index)
            if slot is not None and slot.type is None:
                text, skip = self._field(slot, tokens, index), index + 3
            elif slot is not None:
                text = written(slot.value, slot.type)
            parts.append(text)
        return " ".join(parts)

    def _slot(self, tokens: tuple[Token, ...], index: int) -> Slot | None:
        token = tokens[index]
        before = tokens[index - 1] if index else None
        following = tokens[index + 1] if index + 1 < len(tokens) else None
        if not (token.is_name or token.kind is Kind.PARAMETER):
            return None
        if before is not None and (before.is_operator(".") or before.is_word("as")):
            return None
        slot = self.find(token.value)
        dotted = following is not None and following.is_operator(".")
        called = following is not None and following.is_operator("(")
        if slot is None or called or dotted != (slot.type is None):
            return None
        return slot

    def _field(self, slot: Slot, tokens: tuple[Token, ...], index: int) -> str:
        if slot.fields is None:
            message = f'record "{tokens[index].value}" is not assigned yet'
            raise RedshiftError(message, sqlstate="55000")
        name = tokens[index + 2].value
        if name not in slot.fields:
            message = f'record "{tokens[index].value}" has no field "{name}"'
            raise RedshiftError(message, sqlstate="42703")
        return written(*slot.fields[name])
