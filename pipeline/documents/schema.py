"""Faults of a document against its JSON schema, in the words of the person who mends the file.

A ``title`` in the schema names what is expected where the keyword alone says too little;
``writeOnly`` marks values that may hold a secret by mistake and are never shown.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from importlib.resources import files
from typing import Any, Self

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from pipeline.documents.reader import Document, Path
from pipeline.errors import Fault
from pipeline.names import did_you_mean

_KINDS = {
    "object": "a mapping",
    "array": "a list",
    "string": "a text",
    "boolean": "true or false",
    "integer": "a whole number",
    "number": "a number",
    "null": "nothing",
}


class Schema:
    """A JSON schema (draft 2020-12), ready to check documents."""

    def __init__(self, schema: Mapping[str, Any]) -> None:
        Draft202012Validator.check_schema(schema)
        self._validator = Draft202012Validator(schema)

    @classmethod
    def load(cls, package: str, name: str) -> Self:
        """Load the schema that lies in ``package`` under ``name``."""
        return cls(json.loads(files(package).joinpath(name).read_text(encoding="utf-8")))

    def faults(self, document: Document) -> list[Fault]:
        """Return what does not fit; an empty list when all does."""
        errors = self._validator.iter_errors(document.data)
        found = (item for error in errors for item in _explain(error))
        return sorted({document.fault(path, message) for path, message in found})


def show(value: Any, *, hidden: bool = False) -> str:
    """Describe a value that was found; long ones are cut, connection strings never shown."""
    if hidden or (isinstance(value, str) and "://" in value):
        return "a text that is not shown, since it may hold a secret"
    if value is None:
        return "nothing"
    if isinstance(value, Mapping | list):
        return "a mapping" if isinstance(value, Mapping) else f"a list of {len(value)}"
    text = json.dumps(value, ensure_ascii=False) if not isinstance(value, str) else f"'{value}'"
    return text if len(text) <= 60 else f"{text[:57]}..."


def _explain(error: ValidationError) -> Iterator[tuple[Path, str]]:
    path = tuple(error.absolute_path)
    found: Any = error.instance
    rule: Any = error.validator_value
    schema: Any = error.schema
    match error.validator:
        case "additionalProperties":
            known = sorted(schema["properties"])
            for key in sorted(set(found) - set(known)):
                hint = did_you_mean(key, known) or f"; known are {', '.join(known)}"
                yield (*path, key), f"this key is unknown{hint}"
        case "required":
            yield from ((path, f"the key '{key}' is missing") for key in rule if key not in found)
        case "dependentRequired":
            for key, missing in (
                (key, set(rule[key]) - set(found)) for key in rule if key in found
            ):
                yield from (
                    ((*path, key), f"needs '{each}' beside it") for each in sorted(missing)
                )
        case keyword:
            yield path, _message(error, str(keyword), rule, schema)


def _message(error: ValidationError, keyword: str, rule: Any, schema: Mapping[str, Any]) -> str:
    found = show(error.instance, hidden=bool(schema.get("writeOnly")))
    if keyword == "enum":
        choices = [str(choice) for choice in rule]
        expected = schema.get("title", f"one of {', '.join(choices)}")
        return f"found {found}, expected {expected}{did_you_mean(str(error.instance), choices)}"
    if "title" in schema:
        return f"found {found}, expected {schema['title']}"
    describe = _EXPECTED.get(keyword)
    if describe is None:
        return f"found {found}, which is against the rule '{keyword}'"
    return f"found {found}, expected {describe(rule)}"


def _kinds(value: str | list[str]) -> str:
    names = [value] if isinstance(value, str) else value
    return " or ".join(_KINDS[name] for name in names)


_EXPECTED: dict[str, Callable[[Any], str]] = {
    "type": _kinds,
    "const": show,
    "pattern": lambda value: f"a text of the form {value}",
    "minimum": lambda value: f"{value} or more",
    "maximum": lambda value: f"{value} or less",
    "minLength": lambda value: f"at least {value} character(s)",
    "maxLength": lambda value: f"at most {value} characters",
    "minItems": lambda value: f"at least {value} item(s)",
    "maxItems": lambda value: f"at most {value} item(s)",
    "uniqueItems": lambda _: "no item twice",
    "minProperties": lambda value: f"at least {value} key(s)",
    "maxProperties": lambda value: f"exactly {value} key(s)",
}
