"""The rules of sources.json beyond its schema."""

import re
from collections.abc import Collection, Iterable, Iterator
from fnmatch import fnmatchcase

from pipeline.documents import Path
from pipeline.freshness import read_freshness
from pipeline.manifest import FileFormat
from pipeline.names import MAX_IDENTIFIER_BYTES, fold
from pipeline.settings import file_path
from pipeline.settings.model import DeclaredUser, Groups, Warehouse
from pipeline.settings.sections import Raw, type_entries, warehouse_of

_PUBLIC = "public"

Finding = tuple[Path, str]


def check(data: Raw) -> Iterator[Finding]:
    """Yield violations of the rules in what has none of the schema."""
    sources = [
        (("sources", index), source)
        for index, source in enumerate(data.get("sources", ()))
        if source is not None
    ]
    warehouse = data.get("data_warehouse", {})
    marker_schema = fold(warehouse.get("marker_schema", Warehouse().marker_schema))
    yield from _check_sources(sources, marker_schema)
    yield from _check_freshness(sources)
    yield from _check_csv(sources)
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


def _check_csv(sources: Iterable[tuple[Path, Raw]]) -> Iterator[Finding]:
    for place, source in sources:
        form = source.get("s3_format", {})
        quote = form.get("quote", FileFormat().quote)
        if form.get("delimiter", FileFormat().delimiter) == quote:
            message = f"'{quote}' is the delimiter and the quote; expected two characters"
            yield (*place, "s3_format"), message


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
    found = warehouse_of({key: raw[key] for key in known if key in raw})
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
    for path, pattern, value in type_entries(maps):
        try:
            re.compile(pattern)
        except re.error as error:
            yield path, f"'{pattern}' is not a regular expression: {error}"
        if isinstance(value, list) and "%s" not in value[1]:
            yield path, f"found '{value[1]}', expected %s in it for the column's name"
