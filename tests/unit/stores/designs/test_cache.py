"""Parsed designs are cached; an invalid cache costs only time."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from pipeline.designs.catalog import Catalog
from pipeline.designs.fingerprint import Fingerprints
from pipeline.designs.model.design import Design
from pipeline.errors import DesignError
from pipeline.sql.tables.ddl import definition
from pipeline.stores.designs import cache as design_cache
from pipeline.stores.designs import processes
from pipeline.stores.designs.cache import DesignCache, cache_folder
from pipeline.stores.designs.folder import read_folder
from pipeline.stores.designs.record import from_record, to_record
from tests.support.paths import ROOT
from tests.support.processes import start
from tests.support.values.designs import parse_design

SAMPLES = read_folder(ROOT / "designs")

EVERYTHING = """
name: www.t
source_name: www.Public.T
description: a table
tags: [a, b]
extract_settings:
  {condition: "id > 0", incremental: {cursor: seen, lag: 15 minutes}, engine: spark}
columns:
  - {name: ID, sql_type: bigint, not_null: true, source_name: Id, description: "the key"}
  - name: note
    sql_type: varchar(64)
    source_sql_type: text
    expression: left(note, 64)
    encoding: zstd
  - {name: old, skipped: true}
  - {name: user_id, sql_type: integer, references: [www.users, [id]]}
constraints:
  - primary_key: [id]
  - unique: [note]
  - natural_key: [user_id]
checks:
  - {unique: [note, user_id], severity: warn, where: id > 0}
  - {accepted_values: {column: id, values: [1, 2.5]}, name: few}
  - relationship: {column: user_id, to: www.users.id}
  - range: {column: id, max: 0.5}
  - pattern: {column: note, like: '%'}
  - row_count: {min: 1, max_change: 30%}
  - sum_equals: {column: id, to: SELECT 1}
  - query: SELECT * FROM {relation}
  - not_null: note
"""


def table(number: int, sql_type: str = "bigint") -> str:
    return (
        f"name: www.t{number}\nsource_name: www.public.t{number}\n"
        f"columns:\n  - {{name: id, sql_type: {sql_type}}}\n"
    )


def derived(files: dict[str, str], name: str, reads: str) -> None:
    files[f"dw/{name}.yaml"] = (
        f"name: dw.{name}\nsource_name: CTAS\ncolumns:\n  - {{name: id, sql_type: bigint}}"
    )
    files[f"dw/{name}.sql"] = f"SELECT id FROM {reads}"


@pytest.fixture
def files() -> dict[str, str]:
    return {f"www/public-t{number}.yaml": table(number) for number in range(60)}


def parse(folder: Path | None, files: dict[str, str], place: str = "designs") -> Catalog:
    cache = DesignCache(folder, place)
    catalog = Catalog.parse(files, examine=cache.examine, check_columns=cache.check_columns)
    cache.save()
    return catalog


@pytest.fixture
def parsed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The paths that were parsed, not read from the cache."""
    paths = []
    real = design_cache.examine

    def examine(path, text, query):
        paths.append(path)
        return real(path, text, query)

    monkeypatch.setattr(design_cache, "examine", examine)
    return paths


@pytest.mark.parametrize("design", Catalog.parse(SAMPLES), ids=lambda each: str(each.name))
def test_the_record_of_a_design_holds_the_whole_design(design: Design) -> None:
    assert from_record(json.loads(json.dumps(to_record(design)))) == design


@pytest.mark.parametrize(
    "attributes",
    [
        "{distribution: [id], compound_sort: [id, note]}",
        "{distribution: even, compound_sort: auto}",
        "{distribution: all, interleaved_sort: [id]}",
    ],
)
def test_every_field_survives(attributes: str) -> None:
    design = parse_design("www/Public-T.yaml", f"{EVERYTHING}attributes: {attributes}")
    assert from_record(json.loads(json.dumps(to_record(design)))) == design


def test_cached_designs_are_not_parsed_again(tmp_path, files, parsed) -> None:
    first = parse(tmp_path, files)
    assert len(parsed) == 60
    parsed.clear()
    assert parse(tmp_path, files) == first
    assert parsed == []


def test_cached_fingerprints_equal_computed_ones(tmp_path, files) -> None:
    derived(files, "d", "www.t1")
    catalog = parse(tmp_path, files)
    cache = DesignCache(tmp_path, "designs")
    designs = Catalog.parse(files, examine=cache.examine).designs
    assert cache.fingerprints.keys() == designs.keys()

    def never(design: Design) -> str:
        raise AssertionError(f"rendered again: {design.name}")

    computed = Fingerprints(catalog.designs, definition)
    kept = Fingerprints(designs, never, known=cache.fingerprints)
    limited = Fingerprints(designs, definition, 10, known=cache.fingerprints)
    for name in designs:
        assert kept.content(name) == computed.content(name)
        assert kept.dump(name) == computed.dump(name)
        assert limited.content(name) == Fingerprints(designs, definition, 10).content(name)


def test_without_a_cache_folder_everything_is_parsed(files, parsed) -> None:
    for _ in range(2):
        parse(None, files)
    assert len(parsed) == 120


def test_an_edited_file_is_parsed_again_and_nothing_else(tmp_path, files, parsed) -> None:
    parse(tmp_path, files)
    parsed.clear()
    files["www/public-t7.yaml"] = table(7, "integer")
    catalog = parse(tmp_path, files)
    assert parsed == ["www/public-t7.yaml"]
    assert [d.columns[0].sql_type for d in catalog if d.name.table == "t7"] == ["integer"]
    parsed.clear()
    parse(tmp_path, files)
    assert parsed == []


def test_an_edited_query_is_parsed_again(tmp_path, files, parsed) -> None:
    derived(files, "d", "www.t1")
    parse(tmp_path, files)
    parsed.clear()
    files["dw/d.sql"] = "SELECT id FROM www.t2"
    catalog = parse(tmp_path, files)
    assert parsed == ["dw/d.yaml"]
    assert [[str(name) for name in d.reads] for d in catalog if d.query] == [["www.t2"]]


@pytest.fixture
def checked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The relations whose columns were checked, not read from the cache."""
    names = []
    real = design_cache.check_columns

    def check_columns(design, known):
        names.append(str(design.name))
        return real(design, known)

    monkeypatch.setattr(design_cache, "check_columns", check_columns)
    return names


def test_columns_of_an_unchanged_query_are_not_checked_again(tmp_path, files, checked) -> None:
    derived(files, "d", "www.t1")
    derived(files, "e", "dw.d")
    parse(tmp_path, files)
    assert checked == ["dw.d", "dw.e"]
    [kept] = tmp_path.iterdir()
    first = kept.read_bytes()
    checked.clear()
    parse(tmp_path, files)
    assert checked == []
    assert kept.read_bytes() == first


def test_columns_are_checked_again_if_a_relation_that_is_read_changes(
    tmp_path, files, checked
) -> None:
    derived(files, "d", "www.t1")
    derived(files, "e", "www.t2")
    parse(tmp_path, files)
    for _ in range(2):
        checked.clear()
        files["www/public-t1.yaml"] = table(1).replace("name: id", "name: key")
        with pytest.raises(DesignError, match=r"dw/d\.sql:1: .*'id' is not a column of 'www\.t1'"):
            parse(tmp_path, files)
        assert checked == ["dw.d"]
    checked.clear()
    files["www/public-t1.yaml"] = table(1)
    parse(tmp_path, files)
    assert checked == []


def test_columns_are_checked_again_if_the_design_of_the_query_changes(
    tmp_path, files, checked
) -> None:
    derived(files, "d", "www.t1")
    files["dw/d.sql"] = "SELECT * FROM www.t1"
    parse(tmp_path, files)
    checked.clear()
    files["dw/d.yaml"] = files["dw/d.yaml"].replace("name: id", "name: key")
    with pytest.raises(DesignError, match=r"dw/d\.sql: query and design differ: .* return key"):
        parse(tmp_path, files)
    assert checked == ["dw.d"]


def test_the_query_of_a_check_is_resolved_again_if_what_it_reads_changes(
    tmp_path, files, checked
) -> None:
    query = "SELECT a.id FROM {relation} a JOIN www.t2 b ON a.id = b.id"
    files["www/public-t1.yaml"] = f"{table(1)}checks: [{{query: '{query}'}}]\n"
    for expected in (["www.t1"], []):
        checked.clear()
        parse(tmp_path, files)
        assert checked == expected
    files["www/public-t2.yaml"] = table(2).replace("name: id", "name: key")
    with pytest.raises(
        DesignError, match=r"t1\.yaml:5: checks\[0\]\.query: .* has no column 'id'"
    ):
        parse(tmp_path, files)


def test_entries_of_removed_files_are_removed(tmp_path, files, parsed) -> None:
    parse(tmp_path, files)
    del files["www/public-t7.yaml"]
    parse(tmp_path, files)
    [kept] = tmp_path.iterdir()
    assert len(json.loads(kept.read_text().partition("\n")[2])) == 59


def test_faults_are_not_cached(tmp_path, files) -> None:
    files["www/public-t7.yaml"] = table(7, "no_such_type")
    for _ in range(2):
        with pytest.raises(DesignError, match="no_such_type"):
            parse(tmp_path, files)


BREAKS = {
    "a byte changed": lambda data: data.replace(b"bigint", b"BIGINT", 1),
    "cut off": lambda data: data[: len(data) // 2],
    "empty": lambda _: b"",
    "not UTF-8": lambda data: b"\xff" + data,
    "no hash": lambda data: data.partition(b"\n")[2],
}


@pytest.mark.parametrize("damage", BREAKS.values(), ids=BREAKS)
def test_an_invalid_cache_is_replaced(tmp_path, files, parsed, damage) -> None:
    first = parse(tmp_path, files)
    [kept] = tmp_path.iterdir()
    whole = kept.read_bytes()
    kept.write_bytes(damage(whole))
    parsed.clear()
    assert parse(tmp_path, files) == first
    assert len(parsed) == 60
    assert kept.read_bytes() == whole


def test_invalid_entries_are_parsed_again(tmp_path, files, parsed) -> None:
    first = parse(tmp_path, files)
    [kept] = tmp_path.iterdir()
    entries = json.loads(kept.read_text().partition("\n")[2])
    body = json.dumps({key: [["nonsense"], "digits", "digits"] for key in entries})
    kept.write_text(f"{design_cache.digest(design_cache.signature(), body)}\n{body}")
    parsed.clear()
    assert parse(tmp_path, files) == first
    assert len(parsed) == 60


def test_another_release_parses_everything_again(tmp_path, files, parsed, monkeypatch) -> None:
    parse(tmp_path, files)
    parsed.clear()
    monkeypatch.setattr(design_cache, "signature", lambda: "another")
    parse(tmp_path, files)
    assert len(parsed) == 60


def test_the_code_that_parses_is_part_of_the_signature() -> None:
    texts = list(design_cache._sources(design_cache.files("pipeline").joinpath("designs")))
    assert any("def examine(" in text for text in texts)
    assert any('"title"' in text and '"properties"' in text for text in texts)


def test_folders_of_designs_do_not_share_a_cache(tmp_path, files, parsed) -> None:
    parse(tmp_path, files, "one")
    parse(tmp_path, files, "two")
    assert len(parsed) == 120
    assert len(list(tmp_path.iterdir())) == 2


def test_without_a_place_to_write_everything_works(tmp_path, files) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("no folder")
    assert len(parse(blocked, files)) == 60


def test_a_small_folder_is_not_worth_a_cache(tmp_path, files) -> None:
    parse(tmp_path / "new", dict(list(files.items())[:10]))
    assert not (tmp_path / "new").exists()


def test_one_query_is_worth_a_cache(tmp_path, parsed, checked) -> None:
    files = {"www/public-t1.yaml": table(1)}
    derived(files, "d", "www.t1")
    parse(tmp_path, files)
    assert (len(parsed), checked) == (2, ["dw.d"])
    parse(tmp_path, files)
    assert (len(parsed), checked) == (2, ["dw.d"])


def test_the_cache_is_for_its_owner_alone(tmp_path, files) -> None:
    parse(tmp_path / "new", files)
    assert (tmp_path / "new").stat().st_mode & 0o777 == 0o700


def unused_for_long(folder: Path) -> Path:
    """Make the only file of a folder a month old."""
    [file] = folder.iterdir()
    long_ago = time.time() - 31 * 24 * 3600
    os.utime(file, (long_ago, long_ago))
    return file


def test_a_cache_unused_for_long_is_deleted(tmp_path, files) -> None:
    parse(tmp_path, files, "old")
    old = unused_for_long(tmp_path)
    parse(tmp_path, files, "new")
    assert not old.exists()


def test_a_cache_in_use_is_not_deleted(tmp_path, files) -> None:
    parse(tmp_path, files, "old")
    old = unused_for_long(tmp_path)
    parse(tmp_path, files, "old")
    parse(tmp_path, files, "new")
    assert old.exists()


def test_the_cache_is_in_the_users_cache_folder(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert cache_folder({}) == tmp_path / ".cache" / "redshift-pipeline"
    assert cache_folder({"XDG_CACHE_HOME": "relative"}) == cache_folder({})
    assert cache_folder({"XDG_CACHE_HOME": "/var/tmp/x"}) == Path("/var/tmp/x/redshift-pipeline")


@pytest.fixture
def two_processes(monkeypatch):
    """Share the work on designs from 40 on."""
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    monkeypatch.setattr(processes, "WORTH_A_PROCESS", 20)


def in_this_process(function, seen: list[int]):
    """Return a function that also notes if this process calls it."""
    own = os.getpid()

    def called(*arguments):
        if os.getpid() == own:
            seen.append(own)
        return function(*arguments)

    return called


def test_many_designs_are_parsed_and_checked_by_several_processes(
    tmp_path, files, monkeypatch, two_processes
):
    for number in range(40):
        derived(files, f"d{number}", f"www.t{number}")
    alone = parse(tmp_path / "alone", files)
    done: list[int] = []
    for name in ("examine", "check_columns"):
        found = in_this_process(getattr(design_cache, name), done)
        monkeypatch.setattr(design_cache, name, found)
    cache = DesignCache(tmp_path / "several", "designs")
    cache.fill(files)
    catalog = Catalog.parse(files, examine=cache.examine, check_columns=cache.check_columns)
    cache.save()
    assert (catalog, done) == (alone, [])
    [first], [second] = (tuple((tmp_path / name).iterdir()) for name in ("alone", "several"))
    assert json.loads(second.read_text().partition("\n")[2]) == json.loads(
        first.read_text().partition("\n")[2]
    )


def test_faults_of_many_designs_are_found(tmp_path, files, two_processes):
    files["www/public-t7.yaml"] = table(7, "bigit")
    cache = DesignCache(tmp_path, "designs")
    cache.fill(files)
    with pytest.raises(DesignError, match="bigit"):
        Catalog.parse(files, examine=cache.examine)


def test_faults_of_many_queries_are_found(tmp_path, files, two_processes):
    for number in range(40):
        derived(files, f"d{number}", f"www.t{number}")
    files["dw/d7.sql"] = "SELECT t.idd AS id FROM www.t7 AS t"
    cache = DesignCache(tmp_path, "designs")
    cache.fill(files)
    with pytest.raises(DesignError, match=r"dw/d7\.sql.*idd") as caught:
        Catalog.parse(files, examine=cache.examine, check_columns=cache.check_columns)
    assert len(caught.value.faults) == 1


KILLED = """
import os
from pipeline.stores.designs import cache

def examine(*texts, real=cache.examine):
    print(os.getpid(), flush=True)
    os.read(until_closed, 1)
    return real(*texts)

until_closed = os.dup(0)  # a process of multiprocessing closes its stdin
os.cpu_count, cache.examine = lambda: 2, examine
columns = ", ".join(f"{{name: column_{n}, sql_type: bigint}}" for n in range(90))
text = "name: www.t{0}\\nsource_name: www.public.t{0}\\ncolumns: [{1}]"
folder = {f"www/public-t{n}.yaml": text.format(n, columns) for n in range(200)}
cache.DesignCache(None, "designs").fill(folder)
"""


def test_processes_that_parse_end_if_the_command_is_killed() -> None:
    """More than a pipe holds waits to be read, but by nobody."""
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with start([sys.executable, "-c", KILLED], text=True, **pipes) as process:
        assert len({process.stdout.readline() for _ in range(2)}) == 2
        process.kill()
        process.stdin.close()
        lines = process.stdout.read().splitlines()  # ends with the last of them
    assert len(lines) == 198
