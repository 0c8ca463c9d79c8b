"""UploadAll from one checkout; elsewhere, without a folder, exactly these designs run."""

import json
import shutil
import signal

import pytest

from pipeline.local.stack import BUCKET
from tests.support.projects.warehouse import DATE, DESIGNS, HALF, Project


def upload(project: Project, *words: str) -> str:
    return project.luigi("UploadAll", *words).out


def index(project: Project, prefix: str | None = None) -> dict:
    return project.manifest(f"{prefix or project.prefix}/designs/current.json")["files"]


def use_uploaded(project: Project) -> str:
    """Take the folder of designs away, and name the uploaded ones in luigi.cfg."""
    shutil.rmtree(project.folder / "designs")
    place = f"s3://{BUCKET}/{project.prefix}/designs"
    with (project.folder / "luigi.cfg").open("a") as file:
        file.write(f"designs = {place}\n")
    return place


def test_without_a_folder_the_uploaded_designs_run(project: Project) -> None:
    upload(project)
    use_uploaded(project)

    project.luigi("LoadAll")

    assert project.rows("SELECT SUM(orders) FROM {dw}.totals") == [(1000,)]
    assert "there was nothing to do" in project.luigi("LoadAll").out


def test_an_edit_takes_effect_when_it_is_uploaded(project: Project) -> None:
    upload(project)
    kept = project.folder / "kept"
    shutil.copytree(project.folder / "designs", kept)
    use_uploaded(project)
    project.luigi("LoadAll")
    (kept / project.dw / "totals.sql").write_text(HALF.format(src=project.src))
    assert "there was nothing to do" in project.luigi("LoadAll").out

    upload(project, "--warehouse-designs", "kept")

    project.luigi("LoadAll")
    assert project.rows("SELECT SUM(orders) FROM {dw}.totals") == [(500,)]


def test_a_second_upload_does_nothing_and_a_change_uploads_only_itself(project: Project) -> None:
    upload(project)
    before = project.keys()
    assert "there was nothing to do" in upload(project)
    assert project.keys() == before
    old = index(project)

    project.write("{dw}/totals.sql", DESIGNS["{dw}/totals.sql"] + "-- changed\n")
    upload(project)

    new = index(project)
    changed = {path for path in new if new[path] != old[path]}
    assert changed == {f"{project.dw}/totals.sql", f"{project.dw}/totals.yaml"}
    assert set(project.keys()) > set(before)


def test_a_partial_upload_leaves_other_designs_current(project: Project) -> None:
    upload(project)
    old = index(project)
    project.write("{dw}/totals.sql", DESIGNS["{dw}/totals.sql"] + "-- changed\n")
    project.write("{dw}/paid.sql", DESIGNS["{dw}/paid.sql"] + "-- changed\n")

    upload(project, "--tables", "{dw}.totals")

    new = index(project)
    assert set(new) == set(old)
    assert new[f"{project.dw}/totals.sql"] != old[f"{project.dw}/totals.sql"]
    assert new[f"{project.dw}/paid.sql"] == old[f"{project.dw}/paid.sql"]


def test_a_deleted_design_is_no_longer_current(project: Project) -> None:
    upload(project)
    for suffix in ("yaml", "sql"):
        (project.folder / "designs" / project.dw / f"names.{suffix}").unlink()

    upload(project)

    assert not [path for path in index(project) if "names" in path]


def test_going_back_to_an_older_version_makes_it_current_again(project: Project) -> None:
    upload(project)
    old = index(project)
    project.write("{dw}/totals.sql", DESIGNS["{dw}/totals.sql"] + "-- changed\n")
    upload(project)
    project.write("{dw}/totals.sql", DESIGNS["{dw}/totals.sql"])

    upload(project)

    assert index(project) == old


def test_two_uploads_at_the_same_time_lose_nothing(project: Project) -> None:
    names = ("{src}.orders", "{src}.customers", "{dw}.totals", "{dw}.names")
    runs = [project.start_luigi("UploadAll", "--tables", name) for name in names]
    ends = [run.communicate(timeout=240) for run in runs]

    assert [run.returncode for run in runs] == [0] * len(runs), ends
    assert {path.partition(".")[0].rpartition("/")[2] for path in index(project)} == {
        "public-orders", "public-customers", "totals", "names",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("point", "number"), [("before-write", 2), ("before-index", 1), ("after-index", 1)]
)
def test_a_killed_upload_leaves_the_old_index_or_the_new_one(
    project: Project, point: str, number: int
) -> None:
    upload(project)
    old = index(project)
    for name in ("totals", "paid"):
        project.write(f"{{dw}}/{name}.sql", DESIGNS[f"{{dw}}/{name}.sql"] + "-- changed\n")

    words = ("UploadAll", "--date", DATE, "--workers", "1", "--local-scheduler")
    project.program("kill_at", point, str(number), *words, code=-signal.SIGKILL)

    done = point == "after-index"
    assert (index(project) != old) is done
    upload(project)
    assert index(project) != old
    assert "there was nothing to do" in upload(project)


def test_nothing_is_uploaded_if_any_design_has_a_fault(project: Project) -> None:
    project.write("{dw}/totals.yaml", "name: {dw}.totals\ncolums: []\n")
    failed = project.luigi("UploadAll", code=35)
    assert "did you mean 'columns'" in failed.text
    assert project.keys() == []


def test_a_folder_without_uploaded_designs_is_an_error_with_advice(project: Project) -> None:
    place = use_uploaded(project)
    failed = project.luigi("LoadAll", code=35)
    assert f"there are no uploaded designs at {place}/: current.json is missing" in failed.text
    assert "UploadAll" in failed.text


def test_a_modified_object_is_refused(project: Project) -> None:
    upload(project)
    entry = index(project)[f"{project.dw}/totals.sql"]
    key = f"{project.prefix}/designs/{entry['key']}"
    project.s3().put_object(Bucket=BUCKET, Key=key, Body=b"SELECT 1")
    use_uploaded(project)

    failed = project.luigi("LoadAll", code=35)

    assert f"s3://{BUCKET}/{key} was changed after the upload" in failed.text


def test_an_upload_of_all_designs_replaces_what_is_not_an_index(project: Project) -> None:
    upload(project)
    key, good = f"{project.prefix}/designs/current.json", index(project)
    project.s3().put_object(Bucket=BUCKET, Key=key, Body=b"no json")
    doctor = project.pipeline("doctor", code=None)
    part = project.luigi("UploadAll", "--tables", project.src, code=30)

    for told in (doctor.out, part.out):
        assert "upload all designs to replace it: luigi --module pipeline UploadAll" in told
    upload(project)
    assert index(project) == good


def test_an_index_of_another_version_is_refused(project: Project) -> None:
    upload(project)
    key = f"{project.prefix}/designs/current.json"
    for body in (json.dumps({"version": 2, "files": {}}), "[]", "no json"):
        project.s3().put_object(Bucket=BUCKET, Key=key, Body=body.encode())
        failed = project.pipeline(
            "--designs", f"s3://{BUCKET}/{project.prefix}/designs", "validate", code=4
        )
        assert "is not an index of designs" in failed.err


def test_a_copy_of_the_folder_works_elsewhere(project: Project) -> None:
    upload(project)
    uploaded = project.keys()
    for key in uploaded:
        elsewhere = key.replace("/designs/", "/release-7/")
        project.s3().copy_object(
            Bucket=BUCKET, Key=elsewhere, CopySource={"Bucket": BUCKET, "Key": key}
        )
    done = project.pipeline("--designs", f"s3://{BUCKET}/{project.prefix}/release-7", "validate")
    assert done.out.startswith("5 relations checked")


def test_designs_are_not_written_into_s3(project: Project) -> None:
    upload(project)
    failed = project.pipeline(
        "--designs", f"s3://{BUCKET}/{project.prefix}/designs", "design", code=3
    )
    assert "this command needs a local folder" in failed.err


def test_the_quick_loop_works_under_a_prefix_of_its_own(project: Project) -> None:
    """Edit, upload under a prefix, refresh one derived table, as the documentation prints it."""
    project.luigi("LoadAll")
    keys, markers = project.keys(), project.markers()
    wip = f"{project.prefix}-wip"
    project.write("{dw}/totals.sql", HALF)

    upload(project, "--tables", "{dw}.totals", "--warehouse-prefix", wip)
    project.luigi("RefreshCtas", "--table", "{dw}.totals", "--warehouse-prefix", wip)

    assert project.rows("SELECT SUM(orders) FROM {dw}.totals") == [(500,)]
    assert project.keys() == keys
    assert set(index(project, wip)) == {f"{project.dw}/totals.sql", f"{project.dw}/totals.yaml"}
    kept = project.rows(
        "SELECT task, target_table, fingerprint, row_count FROM {etl}.table_updates"
        f" WHERE prefix = '{project.prefix}' ORDER BY 1, 2, 3"
    )
    taken = {(task, table) for task, table, *_ in set(markers) - set(kept)}
    assert taken == {
        ("CopyTable", f"{project.src}.orders"),
        ("RefreshCtas", f"{project.dw}.totals"),
    }
    project.write("{dw}/totals.sql", DESIGNS["{dw}/totals.sql"])

    project.luigi("LoadAll")

    assert project.rows("SELECT SUM(orders) FROM {dw}.totals") != [(500,)]
    assert project.keys() == keys


def test_a_query_runs_alone_on_the_rows_that_exist(project: Project) -> None:
    """Under a new prefix nothing is dumped or loaded; what LoadAll refreshes is another thing."""
    project.luigi("LoadAll")
    project.upstream("INSERT INTO orders VALUES (9000001, 'new', 'not loaded yet', 1)")
    wip = ("--warehouse-prefix", f"{project.prefix}-wip")
    project.write("{dw}/totals.sql", HALF)

    for _ in range(2):
        done = project.luigi("RefreshCtas", "--table", "{dw}.totals", "--alone", *wip)

        assert f"{project.dw}.totals reads the existing rows (--alone)" in done.text
        assert "refreshed" in done.out
        assert project.rows("SELECT SUM(orders) FROM {dw}.totals") == [(500,)]
    shown = project.pipeline("--prefix", f"{project.prefix}-wip", "status", "{dw}.totals")
    assert "refreshed with --alone" in shown.out
    assert project.rows(
        "SELECT task, COUNT(*) FROM {etl}.table_updates"
        f" WHERE prefix = '{project.prefix}-wip' AND run_date IS NOT NULL GROUP BY 1"
    ) == [("RefreshCtas", 1)]

    project.write("{dw}/totals.sql", DESIGNS["{dw}/totals.sql"])
    project.luigi("LoadAll")
    loaded = project.rows("SELECT COUNT(*) FROM {src}.orders")
    assert project.rows("SELECT SUM(orders) FROM {dw}.totals") == loaded


def test_alone_and_limit_exclude_each_other(project: Project) -> None:
    failed = project.luigi(
        "RefreshCtas", "--table", "{dw}.totals", "--alone", "--limit", "5", code=2
    )
    assert "--alone and --limit exclude each other" in failed.text
