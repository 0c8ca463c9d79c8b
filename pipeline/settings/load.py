"""Parse sources.json to ``Settings``: check the JSON schema, then rules beyond a schema."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from fnmatch import fnmatchcase
from functools import cache
from typing import Any

from pipeline.documents import Document, Path, Schema, read
from pipeline.errors import ConfigError, Fault, FaultsError
from pipeline.freshness import read_freshness
from pipeline.manifest import FileFormat
from pipeline.names import MAX_IDENTIFIER_BYTES, encode, fold
from pipeline.settings import file_path
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

CONFIG_VARIABLE = "DATA_WAREHOUSE_CONFIG"
DEFAULT_CONFIG = "config/sources.json"
OVERRIDES = "luigi.cfg"

_PUBLIC = "public"

Raw = Mapping[str, Any]
Finding = tuple[Path, str]


def config_path(environ: Mapping[str, str]) -> str:
    """Return the path of the configuration file."""
    return environ.get(CONFIG_VARIABLE) or DEFAULT_CONFIG


def load(text: str, *, file: str, user: str, overrides: Raw | None = None) -> Settings:
    """Parse the configuration, JSON or YAML; ConfigError holds all of its faults.

    ``overrides``, from luigi.cfg, has the same form and is merged over the file, key by key. If
    neither has a prefix, it is ``user``.
    """
    over = overrides or {}
    try:
        document = read(file, text)
    except FaultsError as error:
        raise ConfigError(error.faults) from error
    if isinstance(document.data, Mapping):
        document = Document(file, text, merge(document.data, over))
    faults = _schema().faults(document)
    sound = _sound(document.data, _schema().places(document))
    faults += [document.fault(path, message) for path, message in _check(sound)]
    if faults:
        raise ConfigError(_at_origin(fault, over) for fault in sorted(faults))
    return _settings(document.data, user)


def merge(base: Raw, over: Raw) -> dict[str, Any]:
    """Merge ``over`` into ``base``: mappings at every depth; all other values are replaced."""
    merged = dict(base)
    for key, value in over.items():
        below = merged.get(key)
        both = isinstance(below, Mapping) and isinstance(value, Mapping)
        merged[key] = merge(below, value) if both and below is not None else value
    return merged


@cache
def _schema() -> Schema:
    return Schema.load("pipeline.settings", "configuration.schema.json")


def _at_origin(fault: Fault, over: Raw) -> Fault:
    """Return the fault with luigi.cfg as its file if the value comes from there."""
    value: Any = over
    for step in fault.key.split("."):
        if not isinstance(value, Mapping) or step not in value:
            return fault
        value = value[step]
    return Fault(OVERRIDES, fault.key, fault.message)


def _sound(data: Any, places: Iterable[Path]) -> dict[str, Any]:
    """Return the parts without violations of the schema, to which the rules apply.

    A faulty entry of a section is omitted; a faulty source is replaced by None.
    """
    if not isinstance(data, Mapping):
        return {}
    faulty = {place[:2] for place in places if len(place) > 1}
    sound: dict[str, Any] = {}
    for key, section in data.items():
        if key == "sources" and isinstance(section, list):
            sound[key] = [
                None if (key, index) in faulty else item for index, item in enumerate(section)
            ]
        elif key != "sources" and isinstance(section, Mapping):
            kept = [name for name in section if (key, name) not in faulty]
            sound[key] = {name: section[name] for name in kept}
    return sound


def _check(data: Raw) -> Iterator[Finding]:
    """Yield violations of the rules in ``_sound`` data."""
    sources = [
        (("sources", index), source)
        for index, source in enumerate(data.get("sources", ()))
        if source is not None
    ]
    warehouse = data.get("data_warehouse", {})
    marker_schema = fold(warehouse.get("marker_schema", Warehouse().marker_schema))
    yield from _check_sources(sources, marker_schema)
    yield from _check_freshness(sources)
    yield from _check_parquet(sources, warehouse)
    yield from _check_external(warehouse, [fold(source["name"]) for _, source in sources])
    yield from _check_names(warehouse, {fold(source["name"]) for _, source in sources})
    yield from _check_type_maps(data.get("type_maps", {}))


def _check_sources(sources: Iterable[tuple[Path, Raw]], marker_schema: str) -> Iterator[Finding]:
    seen: set[str] = set()
    for place, source in sources:
        path = (*place, "name")
        name = fold(source["name"])
        if name in seen:
            yield path, f"duplicate source '{name}' (names are folded to lower case)"
        seen.add(name)
        if _is_reserved(name):
            yield path, f"the schema '{name}' is reserved by Redshift"
        if name == marker_schema:
            yield (
                path,
                f"the schema '{name}' is reserved for markers; see data_warehouse.marker_schema",
            )
        if source.get("s3_path") and source.get("read_access"):
            yield (*place, "s3_path"), "a source has a database or files, not both"
        if "s3_path" in source:
            problems = file_path.problems(
                source["s3_path"], appends=source.get("s3_mode") == "append"
            )
            yield from (((*place, "s3_path"), problem) for problem in problems)
        if len(name.encode()) > MAX_IDENTIFIER_BYTES:
            yield (
                path,
                f"found {len(name.encode())} bytes, expected at most {MAX_IDENTIFIER_BYTES}",
            )


def _check_freshness(sources: Iterable[tuple[Path, Raw]]) -> Iterator[Finding]:
    for place, source in sources:
        if freshness := read_freshness(source.get("freshness")):
            yield from (((*place, "freshness", key), text) for key, text in freshness.faults())


def _check_parquet(sources: Iterable[tuple[Path, Raw]], warehouse: Raw) -> Iterator[Finding]:
    """Yield faults of Parquet sources: the format has no options, and COPY requires a role.

    https://docs.aws.amazon.com/redshift/latest/dg/copy-usage_notes-copy-from-columnar.html
    """
    for place, source in sources:
        form = source.get("s3_format", {})
        if form.get("type") != "parquet":
            continue
        path = (*place, "s3_format")
        for key in form.keys() - {"type"}:
            yield (*path, key), "is for CSV only; a Parquet file describes its own format"
        if not warehouse.get("iam_role"):
            message = "COPY reads Parquet with a role only; set data_warehouse.iam_role"
            yield (*path, "type"), message


def _is_reserved(schema: str) -> bool:
    return schema.startswith("pg_") or schema == "information_schema"


def _check_external(warehouse: Raw, sources: Iterable[str]) -> Iterator[Finding]:
    """Yield patterns that would accept a misspelled name of a relation with a design."""
    for index, pattern in enumerate(warehouse.get("external", ())):
        schema, _, table = fold(pattern).partition(".")
        covered = [name for name in sources if fnmatchcase(name, schema)]
        if covered and any(sign in f"{schema}{table}" for sign in "*?["):
            message = (
                f"'{pattern}' covers the source '{covered[0]}'; in a source, name each external"
                " relation without wildcards"
            )
            yield ("data_warehouse", "external", index), message


def _check_names(raw: Raw, sources: Collection[str]) -> Iterator[Finding]:
    known = ("owner", "marker_schema", "groups", "users")
    found = _warehouse({key: raw[key] for key in known if key in raw})
    yield from _check_groups(found.groups)
    if found.owner == _PUBLIC:
        yield (
            ("data_warehouse", "owner"),
            f"'{_PUBLIC}' stands for all users and is not a user's name",
        )
    if _is_reserved(found.marker_schema):
        place = ("data_warehouse", "marker_schema")
        yield place, f"the schema '{found.marker_schema}' is reserved by Redshift"
    seen = {found.owner: "the owner"}
    for index, user in enumerate(found.users):
        path = ("data_warehouse", "users", index, "name")
        yield from ((path, text) for text in _problems_of(user, found.marker_schema, sources))
        if user.name in seen:
            yield path, f"'{user.name}' is {seen[user.name]} already"
        seen.setdefault(user.name, "a user")


def _problems_of(user: DeclaredUser, markers: str, sources: Collection[str]) -> Iterator[str]:
    if user.name == _PUBLIC:
        yield f"'{_PUBLIC}' stands for all users and is not a user's name"
    if _is_reserved(user.name):
        yield f"'{user.name}' is reserved by Redshift"
    if user.schema and user.name in sources:
        yield f"the schema '{user.name}' of this user is that of a source"
    if user.schema and user.name == markers:
        yield f"the schema '{user.name}' of this user is that of the markers"


def _check_groups(groups: Groups) -> Iterator[Finding]:
    """Yield names that a group cannot have.

    https://docs.aws.amazon.com/redshift/latest/dg/r_CREATE_GROUP.html
    """
    path = ("data_warehouse", "groups")
    if groups.etl == groups.users:
        yield path, f"etl and users are both '{groups.etl}'"
    for key, name in (("etl", groups.etl), ("users", groups.users)):
        if name == _PUBLIC:
            yield (*path, key), f"'{_PUBLIC}' stands for all users and is not a group's name"
        if name.startswith("__"):
            yield (*path, key), f"'{name}': Redshift reserves names with two underscores in front"


def _check_type_maps(maps: Raw) -> Iterator[Finding]:
    for path, pattern, value in _type_entries(maps):
        try:
            re.compile(pattern)
        except re.error as error:
            yield path, f"'{pattern}' is not a regular expression: {error}"
        if isinstance(value, list) and "%s" not in value[1]:
            yield path, f"found '{value[1]}', expected %s in it for the column's name"


def _type_entries(maps: Raw) -> Iterator[tuple[Path, str, Any]]:
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


def _settings(data: Raw, user: str) -> Settings:
    s3 = dict(data["s3"])
    storage = Storage(bucket=s3.pop("bucket_name"), **{"prefix": encode(user), **s3})
    maps = _type_entries(data.get("type_maps", {}))
    optional = {key: data[key] for key in ("design_dir",) if key in data}
    return Settings(
        storage=storage,
        sources=tuple(map(_source, data["sources"])),
        warehouse=_warehouse(data.get("data_warehouse", {})),
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


def _warehouse(raw: Raw) -> Warehouse:
    names = {key: fold(raw[key]) for key in ("owner", "marker_schema") if key in raw}
    groups = Groups(**{key: fold(name) for key, name in raw.get("groups", {}).items()})
    users = tuple(
        DeclaredUser(**{**user, "name": fold(user["name"])}) for user in raw.get("users", ())
    )
    globs = {key: tuple(raw[key]) for key in ("external", "required_for_success") if key in raw}
    parts = {"groups": groups, "users": users, **globs}
    return Warehouse(**{**raw, **names, **parts})
