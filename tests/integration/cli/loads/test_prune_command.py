"""``pipeline prune``: old dumps and leftovers are shown, then deleted; all else is kept."""

import datetime as dt
import re
import uuid
from collections.abc import Callable, Iterator

import pytest

from pipeline.local.stack import BUCKET
from tests.support.projects.warehouse import DATE, Outcome, Project
from tests.support.servers.s3_proxy import running

DATES = ("2026-11-19", "2026-11-20", DATE)


def load(project: Project, *words: str) -> None:
    project.luigi(*(words or ("LoadAll",)))


def days(project: Project) -> set[str]:
    return {key.split("/")[2] for key in below(project, "data/")}


def below(project: Project, folder: str) -> list[str]:
    """The keys below a folder of the test's prefix."""
    keys = project.keys()
    return [key for key in keys if key.startswith(f"{project.prefix}/{folder}")]


@pytest.fixture
def later(project: Project) -> Iterator[Callable[..., Outcome]]:
    """Run ``pipeline`` as after a time, by the clock of S3."""
    with running(project.environment["AWS_ENDPOINT_URL_S3"]) as proxy:

        def run(ahead: dt.timedelta, *words: str) -> Outcome:
            proxy.ahead = ahead
            return project.pipeline(*words, AWS_ENDPOINT_URL_S3=proxy.url)

        yield run


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
    for age in (89, 91):
        loaded.rows(
            "INSERT INTO {etl}.check_failures (checked_at, target_table, prefix, check_name,"
            f" wrong_row) VALUES (DATEADD(day, -{age}, GETDATE()), 'a.b', 'p', 'c', '{age}')"
        )
    pruned = loaded.pipeline("prune", "--keep", "2", "--yes")
    assert "Deleted 4 objects" in pruned.out
    assert "in the warehouse, 1 row of results of checks." in pruned.out
    assert loaded.rows("SELECT wrong_row FROM {etl}.check_failures") == [("89",)]
    assert days(loaded) == set(DATES[1:])
    assert loaded.markers() == markers
    for date in DATES:
        assert "there was nothing to do" in loaded.luigi("LoadAll", "--date", date).out
    assert "There is nothing to delete." in loaded.pipeline("prune", "--keep", "2").out


def test_the_dump_of_the_last_load_is_kept(loaded: Project, later: Callable[..., Outcome]) -> None:
    loaded.pipeline("forget", "{src}.orders", "--date", DATES[0])
    load(loaded, "CopyTable", "--table", "{src}.orders", "--date", DATES[0], "--replace")
    later(dt.timedelta(hours=7), "prune", "--keep", "1", "--yes")
    kept = below(loaded, f"data/{DATES[0]}/")
    assert len(kept) == 2
    assert all("public-orders" in key for key in kept)


def test_interrupted_dumps_and_loads_are_deleted_and_running_ones_are_kept(
    project: Project, later: Callable[..., Outcome]
) -> None:
    """After a quarter of an hour a lease has expired; without a lease, nothing is known yet."""
    load(project)
    dumps = below(project, "data/")
    manifest = next(key for key in dumps if "orders" in key and key.endswith(".manifest"))
    folder = manifest.removesuffix(".manifest")
    alive = f"{folder}/20261121T030405-1a2b3c4d-1-beef/part-0000.csv.zst"
    dead = f"{folder}/20261121T030405-{uuid.uuid4().hex}"
    for key in (alive, f"{dead}/part-0000.csv.zst", f"{dead}/lease"):
        project.s3().put_object(Bucket=BUCKET, Key=key, Body=b"x")
    project.rows('CREATE TABLE {src}."orders$next$0badcafe" (id integer)')  # an earlier release
    project.rows("CREATE TABLE {src}.etl_stage_0badcafe_orders (id integer)")
    for copy in ('"mine$next$week"', "etl_old_20261130_orders", "etl_stage_20261130_orders"):
        project.rows(f"CREATE TABLE {{src}}.{copy} (id integer)")

    assert "dump without" not in project.pipeline("prune").out
    pruned = later(dt.timedelta(minutes=16), "prune", "--keep", "9", "--yes")

    assert "Deleted 2 objects (2 B), 0 unfinished uploads, 2 tables in" in pruned.out
    left = below(project, folder.removeprefix(f"{project.prefix}/") + "/")
    assert sorted(left) == sorted([*project.parts(manifest), alive])
    tables = project.rows(
        "SELECT table_name FROM information_schema.tables "
        "WHERE table_schema = '{src}' AND table_name NOT IN ('orders', 'customers') ORDER BY 1"
    )
    copies = ("etl_old_20261130_orders", "etl_stage_20261130_orders", "mine$next$week")
    assert tables == [(name,) for name in copies]


def test_without_keep_nothing_is_deleted(loaded: Project) -> None:
    before = loaded.keys()
    shown = loaded.pipeline("prune")
    assert "There is nothing to delete." in shown.out
    refused = loaded.pipeline("prune", "--yes", code=2)
    assert "--yes needs --keep" in refused.err
    assert loaded.keys() == before


def test_a_forgotten_dump_is_not_called_interrupted(
    project: Project, later: Callable[..., Outcome]
) -> None:
    load(project)
    project.pipeline("forget", "{src}.orders", "--date", DATE)
    assert "There is nothing to delete." in project.pipeline("prune").out  # a load may read it
    hours = dt.timedelta(hours=7)
    shown = later(hours, "prune")
    assert "interrupted" not in shown.out
    (line,) = [each for each in shown.out.splitlines() if "public-orders" in each]
    assert line.split("  ")[0].strip() == "dump without manifest"
    assert re.search(r"  \d{4}-\d\d-\d\d \d\d:\d\d:\d\d  ", line)
    assert "to delete all this, give --keep 14 --yes." in shown.out
    assert "Deleted 1 object (" in later(hours, "prune", "--keep", "14", "--yes").out


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
