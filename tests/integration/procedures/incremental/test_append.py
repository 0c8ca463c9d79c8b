"""New files are added to those that were loaded: each once, whatever happens."""

import datetime as dt
import gzip
import io
from collections.abc import Iterator
from dataclasses import replace

import pyarrow as pa
import pytest
from pyarrow import parquet as pq

from pipeline.designs.model.checks import Check, NotNull, RowCount
from pipeline.designs.model.design import Column
from pipeline.errors import StorageError, WarehouseError
from pipeline.local.stack import Stack
from pipeline.manifest import FileFormat
from pipeline.names import TableName
from pipeline.procedures.checks.checking import ChecksFailedError
from pipeline.procedures.dump.proof import OutdatedListError, withdraw
from pipeline.procedures.files import describe_lost, gather
from pipeline.procedures.incremental.append import FilesGoneError
from pipeline.procedures.incremental.compare import BaseReplacedError
from pipeline.sql.markers.content import withdraw_positions
from pipeline.sql.markers.loaded_files import (
    LoadedFile,
    delete_loaded_files,
    insert_loaded_files,
)
from tests.support.projects.appended import Appended, appended


@pytest.fixture
def rates(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> Iterator[Appended]:
    """A table with the rows of two files."""
    for name, value in stack.environment().items():
        monkeypatch.setenv(name, value)
    with appended(stack) as made:
        made.put("1.csv", "1,eur\n2,usd\n")
        made.put("2.csv", "3,gbp\n")
        assert made.load() == "all: 3"
        yield made


def check(rates: Appended, *ids: int) -> None:
    """Check the ids in the table, and that the record names the files of the last marker."""
    assert [row[0] for row in rates.rows()] == sorted(ids)
    number = rates.record().number
    assert rates.last["position"] == f"{number} file{'' if number == 1 else 's'}"
    assert rates.last["row_count"] == len(ids)


def test_new_files_are_loaded_once(rates: Appended) -> None:
    check(rates, 1, 2, 3)
    last = rates.last
    assert (last["load_kind"], last["reason"]) == (
        "whole",
        "it has not been loaded, or was forgotten",
    )
    rates.put("0.csv", "4,chf\n")
    new = rates.put("3.csv", "5,c5\n6,c6\n")
    assert rates.load() == "2 new files: 3 added"
    check(rates, 1, 2, 3, 4, 5, 6)
    last = rates.last
    assert (last["load_kind"], last["proved"], last["rows_added"]) == ("delta", "files", 3)
    assert (last["rows_changed"], last["rows_deleted"]) == (None, None)
    assert last["byte_count"] == len("4,chf\n5,c5\n6,c6\n")
    assert rates.record().files[new]["etag"]


def test_without_a_new_file_the_load_is_complete_and_adds_nothing(rates: Appended) -> None:
    before = rates.last
    assert rates.load() == "no new file: 0 added"
    check(rates, 1, 2, 3)
    assert rates.last["run_date"] == rates.day
    assert rates.last["whole_at"] == before["whole_at"]
    rates.put("3.csv", "4,c4\n")
    assert rates.load() == "1 new file: 1 added"


def test_the_rows_of_new_files_are_checked_with_those_of_the_table(rates: Appended) -> None:
    """The table keeps its rows, and the files are not recorded, until the checks pass."""
    at_most = Check("at most", RowCount(maximum=4, max_change=0.5))
    rates.design = replace(rates.design, checks=(at_most, Check("named", NotNull("code"))))
    new = rates.put("3.csv", "4,chf\n5,c5\n")
    with pytest.raises(ChecksFailedError, match="5 rows after 3; at most 4 expected; a change of"):
        rates.load()
    assert [row[0] for row in rates.rows()] == [1, 2, 3]
    assert rates.record().number == 2
    rates.remove(new.rpartition("/")[2])
    rates.put("4.csv", "4,c4\n")
    assert rates.load() == "1 new file: 1 added"
    check(rates, 1, 2, 3, 4)


def test_empty_objects_are_no_files_until_they_have_rows(rates: Appended) -> None:
    """Such as the one that the console of S3 makes for a folder, or one before its upload."""
    rates.put("", "")
    rates.put("3.csv", "")
    assert rates.load() == "no new file: 0 added"
    check(rates, 1, 2, 3)
    rates.put("3.csv", "4,c4\n")
    assert rates.load() == "1 new file: 1 added"
    check(rates, 1, 2, 3, 4)
    rates.remove("")
    assert describe_lost(rates.job()) == ""


def test_empty_objects_that_an_earlier_release_recorded_stop_nothing(rates: Appended) -> None:
    """One is gone, another was filled; the next load begins where that release ended."""
    urls = [rates.put(name, "") for name in ("", "3.csv")]
    schema, name = rates.place.marker_schema, rates.design.name
    marker, now = rates.last["update_id"], dt.datetime.now(dt.UTC)
    files = [LoadedFile(str(name), url, "e", 0, marker, now) for url in urls]
    rates.place.warehouse.execute(insert_loaded_files(schema, files))
    rates.run(f"UPDATE {schema}.table_updates SET position = '4 files' WHERE position = '2 files'")
    rates.remove("")
    rates.put("3.csv", "4,c4\n")
    assert describe_lost(rates.job()) == ""
    assert rates.load() == "1 new file: 1 added"
    check(rates, 1, 2, 3, 4)
    assert rates.last["position"] == "5 files"
    assert rates.load() == "no new file: 0 added"
    rates.run("DROP TABLE {t}")
    assert rates.load() == "all: 4"
    check(rates, 1, 2, 3, 4)


def test_the_first_load_needs_a_file_with_rows(rates: Appended) -> None:
    rates.design = replace(rates.design, name=TableName(rates.place.marker_schema, "others"))
    rates.put("1.csv", "")
    with pytest.raises(StorageError, match="there are no files with rows at"):
        rates.load()


def test_a_damaged_file_is_told_with_its_table_and_the_way_on_works(rates: Appended) -> None:
    """The server does not name the file that it cannot decompress."""
    name = TableName(rates.place.marker_schema, "packed")
    rates.design, rates.form = replace(rates.design, name=name), FileFormat("gzip")
    rates.put("1.csv.gz", gzip.compress(b"1,eur\n"))
    url = rates.put("2.csv.gz", gzip.compress(b"2,usd\n" * 99)[:-12])
    with pytest.raises(WarehouseError) as error:
        rates.load()
    first, _, *others = str(error.value).splitlines()
    assert first == f"COPY into {name} failed; the table keeps its old rows."
    assert others[-2].startswith(
        "It was loading 2 files (s3_format: csv, compression gzip): s3://"
    )
    assert others[-2].endswith(url)
    assert others[-1] == "If a file is damaged, replace or remove it, and start again."
    rates.put("2.csv.gz", gzip.compress(b"2,usd\n"))
    assert rates.load() == "all: 2"


def test_files_that_were_loaded_may_go(rates: Appended) -> None:
    rates.remove("1.csv", "2.csv")
    assert rates.load() == "no new file: 0 added"
    rates.put("3.csv", "4,c4\n")
    rates.load()
    check(rates, 1, 2, 3, 4)


def test_a_file_that_was_replaced_after_its_load_stops_the_load(rates: Appended) -> None:
    rates.put("3.csv", "4,c4\n")
    rates.put("1.csv", "1,EUR\n")
    before = rates.last
    with pytest.raises(StorageError, match=r"1\.csv was replaced after it had been loaded on 20"):
        rates.load()
    check(rates, 1, 2, 3)
    assert rates.last == before
    rates.put("1.csv", "1,eur\n2,usd\n")
    assert rates.load() == "1 new file: 1 added"


def test_a_file_that_is_replaced_before_its_load_is_found_again(rates: Appended) -> None:
    rates.put("3.csv", "4,c4\n")
    rates.day += dt.timedelta(days=1)
    job = rates.job()
    gather(job)
    rates.put("3.csv", "5,c5\n")
    with pytest.raises(OutdatedListError, match=r"3\.csv was replaced: it has another"):
        rates.load_from(job)
    check(rates, 1, 2, 3)
    withdraw(rates.proof(job))
    gather(job)
    assert rates.load_from(job) == "1 new file: 1 added"
    check(rates, 1, 2, 3, 5)


@pytest.mark.parametrize("writes", [False, True])
def test_a_manifest_that_is_replaced_during_copy_is_not_recorded(
    rates: Appended, *, writes: bool
) -> None:
    rates.put("3.csv", "4,c4\n")
    rates.day += dt.timedelta(days=1)
    job = rates.job()
    gather(job)

    def replace_manifest() -> None:
        rates.store.delete([job.manifest_key])
        if writes:
            rates.put("4.csv", "5,c5\n")
            gather(job)

    rates.after_copy = replace_manifest
    with pytest.raises(OutdatedListError, match="was replaced during the load"):
        rates.load_from(job)
    check(rates, 1, 2, 3)


def test_a_file_that_is_replaced_during_copy_is_not_recorded(rates: Appended) -> None:
    """COPY may have read either content, and the manifest has the ETag of the first."""
    rates.put("3.csv", "4,c4\n")
    rates.after_copy = lambda: rates.put("3.csv", "5,c5\n")
    with pytest.raises(OutdatedListError, match=r"3\.csv was replaced: it has another content"):
        rates.load()
    check(rates, 1, 2, 3)
    assert rates.load() == "1 new file: 1 added"
    check(rates, 1, 2, 3, 5)


def test_all_files_are_loaded_if_the_design_changes(rates: Appended) -> None:
    rates.design = replace(
        rates.design, columns=(rates.design.columns[0], Column("code", "varchar(20)"))
    )
    rates.put("1.csv", "1,a longer code\n2,usd\n")
    assert rates.load() == "all: 3"
    check(rates, 1, 2, 3)
    assert rates.last["reason"] == "the design was changed"


def test_rows_whose_files_are_gone_are_not_lost_unless_somebody_says_so(rates: Appended) -> None:
    rates.put("3.csv", "4,c4\n")
    rates.load()
    rates.remove("1.csv", "2.csv")
    schema, name = rates.place.marker_schema, rates.design.name
    rates.place.warehouse.execute(withdraw_positions(schema, [name], "for a test"))
    expected = (
        r"all files must be loaded \(for a test\), but 2 of 3 files that were loaded, such as"
        r" \S+/1\.csv, cannot be found at \S+/rates/ any more;.* --accept-loss' before"
    )
    with pytest.raises(FilesGoneError, match=expected):
        rates.load()
    assert len(rates.rows()) == 4
    assert "2 of 3 files that were loaded, such as" in describe_lost(rates.job())
    rates.place.warehouse.execute(delete_loaded_files(schema, [name]))
    assert describe_lost(rates.job()) == ""
    assert rates.load() == "all: 1"
    check(rates, 4)


def test_a_table_that_somebody_dropped_is_loaded_from_all_files(rates: Appended) -> None:
    rates.run("DROP TABLE {t}")
    assert rates.load() == "all: 3"
    check(rates, 1, 2, 3)


def test_a_manifest_of_all_files_that_lacks_a_loaded_one_is_refused(rates: Appended) -> None:
    rates.run("DROP TABLE {t}")
    rates.day += dt.timedelta(days=1)
    job = rates.job()
    gather(job)
    rates.put("3.csv", "4,c4\n")
    rates.prefix = "other"
    rates.load()
    rates.run("DROP TABLE {t}")
    rates.prefix = "test"
    with pytest.raises(OutdatedListError, match=r"does not list 1 of 3 files .*3\.csv"):
        rates.load_from(job)
    withdraw(rates.proof(job))
    gather(job)
    assert rates.load_from(job) == "all: 4"


def test_a_delta_is_applied_once_and_only_to_its_base(rates: Appended) -> None:
    rates.put("3.csv", "4,c4\n")
    rates.day += dt.timedelta(days=1)
    job = rates.job()
    gather(job)
    rates.prefix = "other"
    rates.put("4.csv", "5,c5\n")
    assert rates.load() == "2 new files: 2 added"
    rates.prefix = "test"
    with pytest.raises(BaseReplacedError, match="was loaded again since"):
        rates.load_from(job)
    check(rates, 1, 2, 3, 4, 5)
    assert rates.load() == "no new file: 0 added"


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("3,x\n9,c9\n", r"the same primary key \(id\) as the new files; nothing .*such as \(3\)$"),
        ("8,eur\n", r"the same key \(code\) as the new files; .*such as \(eur\)$"),
        ("8,x\n8,y\n", r"primary key \(id\) is not unique: \(8\) 2 times"),
        (",x\n", "id"),
    ],
)
def test_a_key_that_is_there_already_stops_the_load(rates: Appended, body: str, said: str) -> None:
    rates.put("3.csv", body)
    with pytest.raises(WarehouseError, match=said):
        rates.load()
    check(rates, 1, 2, 3)
    rates.put("3.csv", "4,c4\n5,c5\n")
    rates.load()
    check(rates, 1, 2, 3, 4, 5)


def test_without_a_key_equal_rows_of_two_files_are_two_rows(rates: Appended) -> None:
    rates.without_key()
    rates.load()
    rates.put("3.csv", "3,gbp\n")
    rates.load()
    check(rates, 1, 2, 3, 3)


def test_rows_that_somebody_deleted_stay_deleted_and_are_told(rates: Appended) -> None:
    rates.run("DELETE FROM {t} WHERE id = 1")
    rates.put("3.csv", "4,c4\n")
    told = "1 new file: 1 added; the table had 2 rows, not the 3 of the last load"
    assert rates.load() == told
    check(rates, 2, 3, 4)
    assert rates.load() == "no new file: 0 added"


def test_without_the_record_no_file_is_loaded_twice(rates: Appended) -> None:
    schema, name = rates.place.marker_schema, rates.design.name
    rates.place.warehouse.execute(delete_loaded_files(schema, [name]))
    with pytest.raises(WarehouseError, match=r"2 files were loaded, but \S+ records 0 files;"):
        rates.load()
    assert len(rates.rows()) == 3


def test_parquet_files_are_added(rates: Appended) -> None:
    rates.form = FileFormat(type="parquet")
    rates.remove("1.csv", "2.csv")
    rates.design = replace(rates.design, name=TableName(rates.place.marker_schema, "parquet"))
    rates.put("1.parquet", parquet(1, 2))
    assert rates.load() == "all: 2"
    rates.put("2.parquet", b"")
    assert rates.load() == "no new file: 0 added"
    rates.put("2.parquet", parquet(3))
    assert rates.load() == "1 new file: 1 added"
    assert rates.load() == "no new file: 0 added"
    check(rates, 1, 2, 3)


def parquet(*ids: int) -> bytes:
    body = io.BytesIO()
    table = pa.table({"id": pa.array(ids, pa.int64()), "code": [f"c{each}" for each in ids]})
    pq.write_table(table, body)
    return body.getvalue()


def test_many_files_are_recorded(rates: Appended) -> None:
    rates.without_key()
    for number in range(10, 40):
        rates.put(f"many/{number}.csv", f"{number},c{number}\n")
    rates.load()
    assert rates.record().number == 32
