"""``pipeline prune``: old dumps and leftovers are shown, then deleted; all else is kept."""

import re
import sys

import pytest

from pipeline.local.stack import BUCKET
from tests.support.projects.warehouse import DATE, Project

DATES = ("2026-11-19", "2026-11-20", DATE)
ATTEMPT = "from pipeline.procedures.dump.attempts import new_name; print(new_name())"


def load(project: Project, *words: str) -> None:
    project.luigi(*(words or ("LoadAll",)))


def days(project: Project) -> set[str]:
    return {key.split("/")[2] for key in below(project, "data/")}


def below(project: Project, folder: str) -> list[str]:
    """The keys below a folder of the test's prefix."""
    keys = project.keys()
    return [key for key in keys if key.startswith(f"{project.prefix}/{folder}")]


def dead_attempt(project: Project) -> str:
    """The name of an attempt whose process has ended."""
    return project.run(sys.executable, "-c", ATTEMPT).out.strip()


@pytest.fixture
def loaded(project: Project) -> Project:
    """A project with dumps of three days, all loaded."""
    for date in DATES:
        load(project, "LoadAll", "--date", date)
    return project


def test_without_yes_everything_is_shown_and_nothing_is_deleted(loaded: Project) -> None:
    before = loaded.keys()
    shown = loaded.pipeline("prune", "--keep", "1")
    assert "2026-11-19, 2026-11-20" in shown.out
    assert "Nothing was deleted" in shown.out
    assert loaded.keys() == before


def test_the_newest_days_are_kept_and_loaded_relations_stay_complete(loaded: Project) -> None:
    markers = loaded.markers()
    pruned = loaded.pipeline("prune", "--keep", "2", "--yes")
    assert "Deleted 4 objects" in pruned.out
    assert days(loaded) == set(DATES[1:])
    assert loaded.markers() == markers
    for date in DATES:
        assert "there was nothing to do" in loaded.luigi("LoadAll", "--date", date).out
    assert "There is nothing to delete." in loaded.pipeline("prune", "--keep", "2").out


def test_the_dump_of_the_last_load_is_kept(loaded: Project) -> None:
    loaded.pipeline("forget", "{src}.orders", "--date", DATES[0])
    load(loaded, "CopyTable", "--table", "{src}.orders", "--date", DATES[0])
    loaded.pipeline("prune", "--keep", "1", "--yes")
    kept = below(loaded, f"data/{DATES[0]}/")
    assert len(kept) == 2
    assert all("public-orders" in key for key in kept)


def test_interrupted_dumps_and_loads_are_deleted_and_running_ones_are_kept(
    project: Project,
) -> None:
    load(project)
    dumps = below(project, "data/")
    manifest = next(key for key in dumps if "orders" in key and key.endswith(".manifest"))
    folder = manifest.removesuffix(".manifest")
    alive = project.run(sys.executable, "-c", ATTEMPT).out.strip().rpartition("-")[0]
    alive = f"{alive.rpartition('-')[0]}-1-beef"  # the process with number 1 always runs
    for name in (dead_attempt(project), alive):
        project.s3().put_object(Bucket=BUCKET, Key=f"{folder}/{name}/part-0000.csv.zst", Body=b"x")
    project.rows('CREATE TABLE {src}."orders$next$0badcafe" (id integer)')  # an earlier release
    project.rows("CREATE TABLE {src}.etl_stage_0badcafe_orders (id integer)")
    project.rows('CREATE TABLE {src}."mine$next$week" (id integer)')

    pruned = project.pipeline("prune", "--keep", "9", "--yes")

    assert "Deleted 1 object (1 B), 0 unfinished uploads, 2 tables in the warehouse." in pruned.out
    left = below(project, folder.removeprefix(f"{project.prefix}/") + "/")
    assert sorted(left) == sorted(
        [*project.parts(manifest), f"{folder}/{alive}/part-0000.csv.zst"]
    )
    tables = project.rows(
        "SELECT table_name FROM information_schema.tables "
        "WHERE table_schema = '{src}' AND table_name NOT IN ('orders', 'customers')"
    )
    assert tables == [("mine$next$week",)]


def test_without_keep_nothing_is_deleted(loaded: Project) -> None:
    before = loaded.keys()
    shown = loaded.pipeline("prune")
    assert "There is nothing to delete." in shown.out
    refused = loaded.pipeline("prune", "--yes", code=2)
    assert "--yes needs --keep" in refused.err
    assert loaded.keys() == before


def test_a_forgotten_dump_is_not_called_interrupted(project: Project) -> None:
    load(project)
    project.pipeline("forget", "{src}.orders", "--date", DATE)
    shown = project.pipeline("prune")
    assert "interrupted" not in shown.out
    (line,) = [each for each in shown.out.splitlines() if "public-orders" in each]
    assert line.split("  ")[0].strip() == "dump without manifest"
    assert re.search(r"  \d{4}-\d\d-\d\d \d\d:\d\d:\d\d  ", line)
    assert "to delete all this, give --keep 14 --yes." in shown.out
    assert "Deleted 1 object (" in project.pipeline("prune", "--keep", "14", "--yes").out


def test_an_upload_in_progress_is_kept(project: Project) -> None:
    load(project)
    client = project.s3()
    key = f"{project.prefix}/data/{DATE}/{project.src}/public-orders.x/1-a-1-b/part-0000.csv.zst"
    client.create_multipart_upload(Bucket=BUCKET, Key=key)
    assert "There is nothing to delete." in project.pipeline("prune", "--keep", "1").out


def test_without_the_warehouse_nothing_is_pruned(loaded: Project) -> None:
    before = loaded.keys()
    nowhere = "postgresql://dw:s3cret-word@127.0.0.1:9/nowhere"
    loaded.pipeline("prune", "--keep", "1", "--yes", DATA_WAREHOUSE_ETL=nowhere, code=4)
    assert loaded.keys() == before
