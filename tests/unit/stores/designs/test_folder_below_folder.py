"""Files in folders below a source are read and do not hide others."""

from pathlib import Path

import pytest

from pipeline.designs.catalog import Catalog
from pipeline.errors import DesignError
from pipeline.names import TableName
from pipeline.stores.designs.folder import read_folder

DESIGN = "name: www.{0}\ncolumns:\n  - {{name: id, sql_type: bigint}}\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("orders", "users"):
        file = tmp_path / "www" / f"public-{name}.yaml"
        file.parent.mkdir(exist_ok=True)
        file.write_text(DESIGN.format(name), encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize("below", ["old", ".git", "data.d/2026"])
def test_a_folder_below_a_source_hides_nothing(folder: Path, below: str) -> None:
    (folder / "www" / below).mkdir(parents=True)
    (folder / "www" / below / "README.txt").write_text("not a design", encoding="utf-8")

    catalog = Catalog.parse(read_folder(folder))

    assert set(catalog.designs) == {TableName("www", "orders"), TableName("www", "users")}


def test_a_design_in_a_folder_below_a_source_is_a_fault(folder: Path) -> None:
    below = folder / "www" / "old"
    below.mkdir()
    (below / "public-items.yaml").write_text(DESIGN.format("items"), encoding="utf-8")

    with pytest.raises(DesignError) as caught:
        Catalog.parse(read_folder(folder))

    assert {fault.file for fault in caught.value.faults} == {"www/old/public-items.yaml"}


def test_a_file_that_is_not_utf8_does_not_hide_faults_of_others(folder: Path) -> None:
    (folder / "www" / "public-users.yaml").write_bytes("name: www.users  # Büro".encode("latin-1"))
    (folder / "www" / "daily.yaml").write_text(
        DESIGN.format("daily") + "source_name: CTAS\n", encoding="utf-8"
    )
    (folder / "www" / "daily.sql").write_bytes(b"SELECT 1 AS id -- \xff\n")
    (folder / "www" / "public-orders.yaml").write_text("name: www.orders\n", encoding="utf-8")

    with pytest.raises(DesignError) as caught:
        Catalog.parse(read_folder(folder))

    found = {fault.file: fault.message for fault in caught.value.faults}
    assert set(found) == {"www/daily.sql", "www/public-orders.yaml", "www/public-users.yaml"}
    assert "is not UTF-8 (byte 18)" in found["www/daily.sql"]
    assert "is not UTF-8 (byte 20)" in found["www/public-users.yaml"]


def test_a_malformed_design_does_not_hide_faults_of_its_query(folder: Path) -> None:
    (folder / "www" / "daily.yaml").write_text(
        DESIGN.format("daily").replace("bigint", "jsonb") + "source_name: CTAS\ncolour: red\n",
        encoding="utf-8",
    )
    (folder / "www" / "daily.sql").write_text("SELECT FROM WHERE\n", encoding="utf-8")

    with pytest.raises(DesignError) as caught:
        Catalog.parse(read_folder(folder))

    places = [(fault.file, fault.key) for fault in caught.value.faults]
    assert places == [
        ("www/daily.sql", ""),
        ("www/daily.yaml", "columns[id].sql_type"),
        ("www/daily.yaml", "colour"),
    ]
