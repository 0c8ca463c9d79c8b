"""Faults of a document against its JSON schema, as ``found …, expected …``.

A ``title`` in the schema describes what is expected if the keyword alone is unclear. ``writeOnly``
marks values that may contain a secret by mistake and are never shown.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from importlib.resources import files
from itertools import islice
from typing import TYPE_CHECKING, Any, Self

import jsonschema_rs

from pipeline.documents.limits import shorten
from pipeline.documents.reader import Document, Path
from pipeline.errors import Fault
from pipeline.figures import count
from pipeline.names import did_you_mean

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import ValidationError

_KINDS = {
    "object": "a mapping",
    "array": "a list",
    "string": "a text",
    "boolean": "true or false",
    "integer": "a whole number",
    "number": "a number",
    "null": "nothing",
}


MAX_FAULTS = 100
MAX_SHOWN = 10**1000


class Schema:
    """A JSON schema (draft 2020-12), ready to check documents.

    jsonschema-rs finds out quickly that a document is valid, jsonschema why one is not.
    """

    def __init__(self, schema: Mapping[str, Any]) -> None:
        self._schema = schema
        self._fast = jsonschema_rs.validator_for(dict(schema))

    @cached_property
    def _validator(self) -> "Draft202012Validator":
        from jsonschema import Draft202012Validator  # noqa: PLC0415  (only faults need it)

        return Draft202012Validator(self._schema)

    def _errors(self, document: Document) -> Iterator["ValidationError"]:
        try:
            is_valid = self._fast.is_valid(document.data)
        except ValueError:  # It is no JSON, such as a key that is a number.
            is_valid = False
        return iter(()) if is_valid else self._validator.iter_errors(document.data)

    @classmethod
    def load(cls, package: str, name: str) -> Self:
        """Load the schema file ``name`` of ``package``."""
        return cls(json.loads(files(package).joinpath(name).read_text(encoding="utf-8")))

    def faults(self, document: Document) -> list[Fault]:
        """Return the violations of the schema, sorted; the first hundred of very many."""
        found = (item for error in self._errors(document) for item in _explain(error))
        first = {document.fault(*item) for item in islice(found, MAX_FAULTS)}
        if next(found, None) is not None:
            first.add(Fault(document.file, "", f"has more than {MAX_FAULTS} faults"))
        return sorted(first)

    def is_readable(self, document: Document) -> bool:
        """Return whether unknown keys are the only violations."""
        return all(error.validator == "additionalProperties" for error in self._errors(document))

    def places(self, document: Document) -> frozenset[Path]:
        """Return the paths of all violations; for an unknown or missing key, of its mapping."""
        return frozenset(tuple(error.absolute_path) for error in self._errors(document))


def show(value: Any, *, hidden: bool = False) -> str:
    """Describe a value that was found; truncate long ones, never show connection strings."""
    if hidden or (isinstance(value, str) and "://" in value):
        return "a text that is not shown, since it may contain a secret"
    if value is None:
        return "nothing"
    if isinstance(value, Mapping | list):
        kind = "mapping" if isinstance(value, Mapping) else "list"
        return f"a {kind} of {len(value)}" if value else f"an empty {kind}"
    if isinstance(value, int) and abs(value) > MAX_SHOWN:
        return "a number of very many digits"
    return shorten(
        json.dumps(value, ensure_ascii=False) if not isinstance(value, str) else f"'{value}'"
    )


def _explain(error: "ValidationError") -> Iterator[tuple[Path, str]]:
    """Yield paths and messages; one error may concern several keys."""
    path, keyword = tuple(error.absolute_path), str(error.validator)
    schema: Any = error.schema
    several = _SEVERAL.get(keyword)
    if several is not None:
        yield from ((path + key, message) for key, message in several(error.instance, schema))
    else:
        yield path, _message(keyword, error.instance, schema)


def _unknown_keys(found: Any, schema: Any) -> Iterator[tuple[Path, str]]:
    known = sorted(schema["properties"])
    for key in sorted(set(found) - set(known)):
        hint = did_you_mean(key, known) or f"; known are {', '.join(known)}"
        yield (key,), f"this key is unknown{hint}"


def _missing_keys(found: Any, schema: Any) -> Iterator[tuple[Path, str]]:
    for key in schema["required"]:
        if key not in found:
            yield (), f"the key '{key}' is missing"


def _missing_beside(found: Any, schema: Any) -> Iterator[tuple[Path, str]]:
    for key, needed in schema["dependentRequired"].items():
        missing = sorted(set(needed) - set(found)) if key in found else []
        yield from (((key,), f"requires '{each}', too") for each in missing)


_SEVERAL = {
    "additionalProperties": _unknown_keys,
    "required": _missing_keys,
    "dependentRequired": _missing_beside,
}


def _message(keyword: str, value: Any, schema: Mapping[str, Any]) -> str:
    rule = schema[keyword]
    found = show(value, hidden=bool(schema.get("writeOnly")))
    if keyword == "enum":
        choices = [str(choice) for choice in rule]
        expected = schema.get("title", f"one of {', '.join(choices)}")
        return f"found {found}, expected {expected}{did_you_mean(str(value), choices)}"
    if "title" in schema:
        return f"found {found}, expected {schema['title']}"
    describe = _EXPECTED.get(keyword)
    if describe is None:
        return f"found {found}, which violates the rule '{keyword}'"
    choice = ", ".join(sorted(schema.get("properties", ()))) if keyword == "minProperties" else ""
    return f"found {found}, expected {describe(rule)}{choice and f' of {choice}'}"


def _kinds(value: str | list[str]) -> str:
    names = [value] if isinstance(value, str) else value
    return " or ".join(_KINDS[name] for name in names)


_EXPECTED: dict[str, Callable[[Any], str]] = {
    "type": _kinds,
    "const": show,
    "pattern": lambda value: f"a text of the form {value}",
    "minimum": lambda value: f"{value} or more",
    "maximum": lambda value: f"{value} or less",
    "minLength": lambda value: f"at least {count(value, 'character')}",
    "maxLength": lambda value: f"at most {count(value, 'character')}",
    "minItems": lambda value: f"at least {count(value, 'item')}",
    "maxItems": lambda value: f"at most {count(value, 'item')}",
    "uniqueItems": lambda _: "no duplicate items",
    "minProperties": lambda value: f"at least {count(value, 'key')}",
    "maxProperties": lambda value: f"exactly {count(value, 'key')}",
}
