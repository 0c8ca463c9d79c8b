"""Templates of the emulator's own statements, with values as literals."""

import string
from collections.abc import Sequence
from typing import Any

from redshift_emulator.language.tokens import literal, quoted


class _Filler(string.Formatter):
    def format_field(self, value: Any, format_spec: str) -> str:
        match format_spec:
            case "":
                return sql_value(value)
            case "name":
                return quoted(value)
            case "sql":
                return str(value)
            case _:
                raise ValueError(f"unknown form {format_spec!r}")


def fill(template: str, **values: Any) -> str:
    """Fill in ``{x}`` as a literal, ``{x:name}`` as an identifier, ``{x:sql}`` as SQL text.

    A sequence of strings becomes an array.
    """
    return _Filler().vformat(template, (), values)


def sql_value(value: Any) -> str:
    """Return a value as a literal."""
    match value:
        case None:
            return "NULL"
        case bool() | int():
            return str(value)
        case str():
            return literal(value)
        case Sequence():
            return "ARRAY[" + ", ".join(literal(item) for item in value) + "]::text[]"
        case _:
            raise TypeError(f"cannot write {type(value).__name__} in SQL")
