"""The sections of sources.json as values."""

from collections.abc import Iterator, Mapping
from typing import Any

from pipeline.documents import Path
from pipeline.freshness import read_freshness
from pipeline.manifest import FileFormat
from pipeline.names import encode, fold
from pipeline.settings.model import (
    DeclaredUser,
    Dump,
    Groups,
    Settings,
    Source,
    Storage,
    Timeouts,
    Warehouse,
)

Raw = Mapping[str, Any]


def settings_of(data: Raw, user: str) -> Settings:
    """Return the values of a configuration that has no faults."""
    s3 = dict(data["s3"])
    storage = Storage(bucket=s3.pop("bucket_name"), **{"prefix": encode(user), **s3})
    maps = type_entries(data.get("type_maps", {}))
    optional = {key: data[key] for key in ("design_dir",) if key in data}
    return Settings(
        storage=storage,
        sources=tuple(map(_source, data["sources"])),
        warehouse=warehouse_of(data.get("data_warehouse", {})),
        dump=Dump(**data.get("dump", {})),
        timeouts=Timeouts(**data.get("timeouts", {})),
        type_maps=tuple((pattern, _mapped(value)) for _, pattern, value in maps),
        **optional,
    )


def _source(raw: Raw) -> Source:
    globs = {key: tuple(raw[key]) for key in ("include_tables", "exclude_tables") if key in raw}
    parts = {
        "s3_format": FileFormat(**raw.get("s3_format", {})),
        "freshness": read_freshness(raw.get("freshness")),
    }
    return Source(**{**raw, **globs, **parts, "name": fold(raw["name"])})


def warehouse_of(raw: Raw) -> Warehouse:
    """Return the values of ``data_warehouse``."""
    names = {key: fold(raw[key]) for key in ("owner", "marker_schema") if key in raw}
    groups = Groups(**{key: fold(name) for key, name in raw.get("groups", {}).items()})
    users = tuple(
        DeclaredUser(**{**user, "name": fold(user["name"])}) for user in raw.get("users", ())
    )
    globs = {key: tuple(raw[key]) for key in ("external", "required_for_success") if key in raw}
    parts = {"groups": groups, "users": users, **globs}
    return Warehouse(**{**raw, **names, **parts})


def type_entries(maps: Raw) -> Iterator[tuple[Path, str, Any]]:
    """Yield (path, pattern, what it maps to), which is None for types that stay as they are."""
    for group in ("as_is_att_type", "cast_needed_att_type"):
        for pattern, value in maps.get(group, {}).items():
            stays = group == "as_is_att_type"
            yield ("type_maps", group, pattern), pattern, None if stays else value
    for pattern, value in maps.items():
        if not isinstance(value, Mapping):
            yield ("type_maps", pattern), pattern, value


def _mapped(value: Any) -> tuple[str, str]:
    if value is None:
        return "", "%s"
    return (value, "%s") if isinstance(value, str) else (value[0], value[1])
