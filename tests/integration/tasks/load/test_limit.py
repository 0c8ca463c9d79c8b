"""``--limit``: some rows as a trial, marked as partial; they never replace all rows."""

from pipeline.local.stack import BUCKET
from tests.support.projects.warehouse import DATE, Project

LATER = "2026-11-22"


def run(project: Project, *words: str) -> str:
    return project.luigi(*words).out


def count(project: Project) -> list[tuple]:
    return project.rows("SELECT COUNT(*) FROM {src}.orders")


def test_a_limited_run_takes_that_many_rows_and_marks_every_result(project: Project) -> None:
    summary = run(project, "LoadAll", "--limit", "10")
    assert count(project) == [(10,)]
    assert project.rows("SELECT SUM(orders) FROM {dw}.totals") == [(10,)]
    assert "loaded, partial (--limit 10)" in summary
    manifests = project.keys(".manifest")
    assert all(key.endswith("-limit10.manifest") for key in manifests)
    assert all(project.manifest(key)["partial"] for key in manifests)
    for task, _, fingerprint, _ in project.markers():
        assert fingerprint.endswith("-limit10") == (task in {"CopyTable", "RefreshCtas"})
    status = project.pipeline("status")
    assert status.out.count("partial (--limit 10)") == 5
    assert "5 relations: 0 ok, 5 partial." in status.out


def test_a_limited_run_does_not_complete_a_full_run(project: Project) -> None:
    run(project, "LoadAll", "--limit", "10")
    assert "there was nothing to do" in run(project, "LoadAll", "--limit", "10")
    run(project, "LoadAll", "--limit", "20")
    assert count(project) == [(20,)]


def test_a_full_load_replaces_a_partial_one(project: Project) -> None:
    run(project, "LoadAll", "--limit", "10")
    summary = run(project, "LoadAll")
    assert "partial" not in summary
    assert count(project) == [(1000,)]
    assert "5 relations: 5 ok." in project.pipeline("status").out
    assert "there was nothing to do" in run(project, "LoadAll")


def test_a_limited_run_does_not_replace_all_rows(project: Project) -> None:
    run(project, "LoadAll")
    markers = project.markers()
    for date in (DATE, LATER):
        refused = project.luigi(
            "CopyTable", "--table", "{src}.orders", "--limit", "10", "--date", date, code=30
        )
        assert f"{project.src}.orders holds all rows of {DATE}" in refused.out
        assert f"pipeline forget {project.src}.orders --all-dates" in refused.out
    assert count(project) == [(1000,)]
    assert project.markers() == markers


def test_a_limited_view_or_derived_table_is_refused_too(project: Project) -> None:
    run(project, "LoadAll")
    project.pipeline("forget", "{src}", "--all-dates")
    refused = project.luigi("LoadAll", "--limit", "10", code=30)
    assert f"{project.dw}.totals holds all rows" in refused.out
    assert project.rows("SELECT SUM(orders) FROM {dw}.totals") == [(1000,)]


def test_a_limited_run_under_another_prefix_does_not_replace_all_rows(project: Project) -> None:
    run(project, "LoadAll")
    config = project.folder / "luigi.cfg"
    settings = config.read_text(encoding="utf-8")
    config.write_text(settings.replace(project.prefix, "elsewhere"), encoding="utf-8")
    refused = project.luigi("CopyTable", "--table", "{src}.orders", "--limit", "10", code=30)
    assert f"(prefix '{project.prefix}')" in refused.out
    command = f"pipeline -p {project.prefix} forget {project.src}.orders --all-dates"
    assert f"To allow it, run first: {command}" in refused.out
    assert count(project) == [(1000,)]


def test_once_all_rows_are_forgotten_a_part_may_replace_them(project: Project) -> None:
    run(project, "LoadAll")
    forgotten = project.pipeline("forget", "{src}", "--all-dates", "--downstream")
    assert forgotten.out.startswith("all dates: forgot 2 dumps and ")
    run(project, "LoadAll", "--limit", "10")
    assert count(project) == [(10,)]


def test_a_limit_applies_to_dumps_alone(project: Project) -> None:
    run(project, "DumpAll", "--limit", "3")
    manifests = [project.manifest(key) for key in project.keys(".manifest")]
    assert sorted(manifest["rows"] for manifest in manifests) == [3, 3]


def test_a_partial_dump_under_the_name_of_a_full_one_is_not_loaded(project: Project) -> None:
    run(project, "DumpTable", "--table", "{src}.orders", "--limit", "3")
    run(project, "DumpTable", "--table", "{src}.orders")
    whole, part = sorted(project.keys(".manifest"), key=len)
    client = project.s3()
    body = client.get_object(Bucket=BUCKET, Key=part)["Body"].read()
    client.put_object(Bucket=BUCKET, Key=whole, Body=body)
    failed = project.luigi("CopyTable", "--table", "{src}.orders", code=30)
    assert f"{whole} is the manifest of s3://{BUCKET}/{part}" in failed.out


def test_an_invalid_limit_is_refused(project: Project) -> None:
    failed = project.luigi("DumpAll", "--limit", "0", code=2)
    assert failed.text == "luigi: error: --limit 0: write a whole number of 1 or more\n"


def test_a_plan_under_a_limit_shows_refusals(project: Project) -> None:
    run(project, "LoadAll")
    shown = project.pipeline("plan", "CopyTable", "{src}.orders", "--limit", "10", "--sql")
    assert "would fail: " in shown.out
    assert "To dump: about 10 rows" in shown.out
