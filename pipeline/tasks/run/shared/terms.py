"""What the machines of a run must have in common, and in what two of them differ."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any, Self

from pipeline.settings import Settings

LISTED = 5
"""Files that an error names; it counts the others."""


@dataclass(frozen=True, slots=True)
class Terms:
    """The command with its date, the release, and digests of configuration and design files.

    ``settings`` has one for each section, ``designs`` one for each file by its path.
    """

    command: Mapping[str, str]
    release: str
    settings: Mapping[str, str]
    designs: Mapping[str, str]

    @classmethod
    def of(
        cls, command: Mapping[str, str], release: str, settings: Settings, files: Mapping[str, str]
    ) -> Self:
        """Return the terms of this machine; the folder of its designs may be another one."""
        sections = [each.name for each in fields(settings) if each.name != "design_dir"]
        return cls(
            command,
            release,
            {name: _digest(repr(getattr(settings, name))) for name in sections},
            {path: _digest(text) for path, text in sorted(files.items())},
        )

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> Self:
        """Return the terms of a JSON object that ``record`` made."""
        return cls(*(record[name] for name in cls.__dataclass_fields__))

    def record(self) -> dict[str, Any]:
        """Return a JSON object."""
        return {name: getattr(self, name) for name in self.__dataclass_fields__}

    def differences(self, there: "Terms") -> Iterator[str]:
        """Yield a line for each difference between this machine and those that are there."""
        for name in sorted({*self.command, *there.command}):
            ours, theirs = self.command.get(name, "none"), there.command.get(name, "none")
            if ours != theirs:
                yield f"{name}: {ours} here, {theirs} there"
        if self.release != there.release:
            yield f"release of the pipeline: {self.release} here, {there.release} there"
        if names := _changed(self.settings, there.settings):
            yield f"configuration (sources.json, [warehouse] in luigi.cfg): {', '.join(names)}"
        if paths := _changed(self.designs, there.designs):
            more = f" and {len(paths) - LISTED:,} more" if len(paths) > LISTED else ""
            yield f"design files: {', '.join(paths[:LISTED])}{more}"


def _changed(ours: Mapping[str, str], theirs: Mapping[str, str]) -> list[str]:
    return [n for n in sorted({*ours, *theirs}) if ours.get(n) != theirs.get(n)]


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8")).hexdigest()[:12]
