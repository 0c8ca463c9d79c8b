"""What commands print with --json is what the schema says."""

import json
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import Any

from jsonschema import Draft202012Validator

SCHEMA: dict[str, Any] = json.loads(
    files("pipeline.cli").joinpath("output.schema.json").read_text(encoding="utf-8")
)


@cache
def _validator(command: str) -> Draft202012Validator:
    return Draft202012Validator({**SCHEMA, "$ref": f"#/$defs/{command}"})


def check_json(words: Sequence[str], out: str) -> None:
    """Check the stdout of ``pipeline …`` with --json; empty if the command could not answer."""
    if "--json" in words and out:
        command = next(word for word in words if word in SCHEMA["$defs"])
        _validator(command).validate(json.loads(out))
