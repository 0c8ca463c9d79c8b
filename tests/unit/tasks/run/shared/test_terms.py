"""What the machines of a run must have in common."""

from dataclasses import replace

from pipeline.settings import Settings, Storage, Timeouts
from pipeline.tasks.run.shared.terms import Terms

SETTINGS = Settings(Storage("bucket", "production"), ())
COMMAND = {"task": "LoadAll", "date": "2026-11-21"}
FILES = {"www/a.yaml": "name: www.a", "www/b.yaml": "name: www.b"}

TERMS = Terms.of(COMMAND, "1.0", SETTINGS, FILES)


def test_only_the_folder_of_designs_may_differ() -> None:
    elsewhere = Terms.of(COMMAND, "1.0", replace(SETTINGS, design_dir="/srv/designs"), FILES)
    assert list(TERMS.differences(elsewhere)) == []
    assert list(TERMS.differences(Terms.from_record(TERMS.record()))) == []


def test_each_difference_is_named() -> None:
    there = Terms.of(
        {"task": "LoadAll", "date": "2026-11-22", "limit": "5"},
        "1.1",
        replace(SETTINGS, timeouts=Timeouts(lock_timeout=1)),
        {"www/a.yaml": "name:  www.a", "www/c.yaml": "name: www.c"},
    )
    assert list(TERMS.differences(there)) == [
        "date: 2026-11-21 here, 2026-11-22 there",
        "limit: none here, 5 there",
        "release of the pipeline: 1.0 here, 1.1 there",
        "configuration (sources.json, [warehouse] in luigi.cfg): timeouts",
        "design files: www/a.yaml, www/b.yaml, www/c.yaml",
    ]


def test_many_files_are_counted() -> None:
    none = Terms.of(COMMAND, "1.0", SETTINGS, {})
    many = Terms.of(COMMAND, "1.0", SETTINGS, {f"www/{n}.yaml": "" for n in range(8)})
    [line] = none.differences(many)
    assert line.endswith("www/4.yaml and 3 more")
