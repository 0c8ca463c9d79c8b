"""Read the tests in a ``schema.yml`` of dbt.

https://docs.getdbt.com/reference/resource-properties/data-tests
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from pipeline.documents import Document, Path
from pipeline.names import fold

MODELS = ("models", "seeds", "snapshots")
TESTS = ("data_tests", "tests")

CONFIG = frozenset(
    {
        "severity", "where", "enabled", "warn_if", "error_if", "fail_calc", "limit", "tags",
        "meta", "group", "store_failures", "store_failures_as", "schema", "alias", "database",
    }
)  # fmt: skip
"""https://docs.getdbt.com/reference/data-test-configs"""


@dataclass(frozen=True, slots=True)
class Ref:
    """What a test is about: a model, or a table of a source, whose ``schema`` is then known."""

    table: str
    schema: str | None = None

    def __str__(self) -> str:
        return self.table if self.schema is None else f"{self.schema}.{self.table}"


@dataclass(frozen=True, slots=True)
class Test:
    """A test and where it stands; ``name`` is that of its macro, ``dbt_utils.accepted_range``.

    ``label`` is the name that the user gave it. ``problem`` is why it is not readable.
    """

    path: Path
    ref: Ref
    column: str | None
    name: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    config: Mapping[str, Any] = field(default_factory=dict)
    label: str | None = None
    problem: str | None = None


def read_tests(document: Document) -> Iterator[Test]:
    """Yield all tests of models, seeds, snapshots and sources, in the order of the file's keys."""
    data = document.data if isinstance(document.data, Mapping) else {}
    yield from _unreadable(document.data)
    for kind in MODELS:
        for path, node in _mappings(data, (kind,)):
            config = node.get("config") if isinstance(node.get("config"), Mapping) else {}
            name = node.get("alias") or (config or {}).get("alias") or node.get("name")
            yield from _of_node(path, node, Ref(fold(str(name))))
    for path, test in _mappings(data, ("unit_tests",)):
        ref = Ref(fold(str(test.get("model"))))
        yield Test(path, ref, None, "", problem="is a test of a query, not of rows")
    for path, source in _mappings(data, ("sources",)):
        schema = fold(str(source.get("name")))
        yield from _freshness(path, source, Ref("*", schema))
        for below, table in _mappings(source, ("tables",)):
            ref = Ref(fold(str(table.get("identifier") or table.get("name"))), schema)
            yield from _freshness((*path, *below), table, ref)
            yield from _of_node((*path, *below), table, ref)


def _unreadable(data: Any) -> Iterator[Test]:
    """Yield what is not a list of models or sources, as a test with a problem."""
    if data is not None and not isinstance(data, Mapping):
        yield Test((), Ref(""), None, "", problem="is not a mapping with models or sources")
        return
    for kind in (*MODELS, "unit_tests", "sources"):
        if not isinstance((data or {}).get(kind), list | None):
            yield Test((kind,), Ref(""), None, "", problem="is not a list")


def _mappings(data: Mapping[str, Any], path: Path) -> Iterator[tuple[Path, Mapping[str, Any]]]:
    """Yield the mappings of a list, with their paths."""
    found = data.get(str(path[-1]))
    for index, each in enumerate(found if isinstance(found, list) else ()):
        if isinstance(each, Mapping):
            yield (*path, index), each


def _freshness(path: Path, node: Mapping[str, Any], ref: Ref) -> Iterator[Test]:
    if node.get("freshness"):
        problem = "is not a test of rows; state it as the freshness of the design"
        yield Test((*path, "freshness"), ref, None, "freshness", problem=problem)


def _of_node(path: Path, node: Mapping[str, Any], ref: Ref) -> Iterator[Test]:
    yield from _tests(path, node, ref, None)
    for below, version in _mappings(node, ("versions",)):
        for test in _of_node((*path, *below), version, ref):
            yield replace(test, problem="is a test of one version of its model")
    for below, column in _mappings(node, ("columns",)):
        yield from _tests((*path, *below), column, ref, fold(str(column.get("name"))))


def _tests(path: Path, node: Mapping[str, Any], ref: Ref, column: str | None) -> Iterator[Test]:
    for key in TESTS:
        found = node.get(key) or []
        if not isinstance(found, list):
            yield Test((*path, key), ref, column, "", problem="is not a list of tests")
            continue
        for index, raw in enumerate(found):
            yield _test((*path, key, index), raw, ref, column)


def _test(path: Path, raw: Any, ref: Ref, column: str | None) -> Test:
    """Read ``unique``, ``{accepted_values: {values: [a]}}`` or ``{test_name: unique, …}``."""
    if isinstance(raw, str):
        return Test(path, ref, column, raw)
    if isinstance(raw, Mapping) and isinstance(raw.get("test_name"), str):
        given = {key: value for key, value in raw.items() if key != "test_name"}
        return _of_parts(Test(path, ref, column, raw["test_name"]), given)
    if isinstance(raw, Mapping) and len(raw) == 1:
        ((name, given),) = raw.items()
        if given is None or isinstance(given, Mapping):
            return _of_parts(Test(path, ref, column, name), given or {})
    problem = "is not a test: expected its name, or a mapping of its name to its arguments"
    return Test(path, ref, column, "", problem=problem)


def _of_parts(test: Test, given: Mapping[str, Any]) -> Test:
    """Return the test with its arguments and configuration, which stand together or apart."""
    parts = {
        key: value if isinstance(value, Mapping) else {}
        for key in ("config", "arguments")
        if (value := given.get(key)) is not None
    }
    rest = {key: value for key, value in given.items() if key not in {*parts, "name"}}
    arguments = {key: value for key, value in rest.items() if key not in {*CONFIG, "description"}}
    column = arguments.pop("column_name", test.column)
    return Test(
        *(test.path, test.ref, None if column is None else fold(str(column)), test.name),
        arguments={**arguments, **parts.get("arguments", {})},
        config={**{k: v for k, v in rest.items() if k in CONFIG}, **parts.get("config", {})},
        label=given.get("name"),
    )
