"""Links in the folder of designs: what they lead to is read, and nothing is omitted silently."""

import os
from pathlib import Path

import pytest

from pipeline.errors import ConfigError
from pipeline.stores.designs.folder import read_folder

DESIGN = "name: www.orders"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An empty folder of designs, beside one that links lead to."""
    (tmp_path / "kept" / "www").mkdir(parents=True)
    (tmp_path / "kept" / "www" / "public-orders.yaml").write_text(DESIGN, encoding="utf-8")
    designs = tmp_path / "designs"
    designs.mkdir()
    return designs


def test_what_is_below_a_link_to_a_folder_is_read(folder: Path) -> None:
    (folder / "www").symlink_to(folder.parent / "kept" / "www")
    (folder / "again").symlink_to(folder.parent / "kept" / "www")
    found = {"www/public-orders.yaml": DESIGN, "again/public-orders.yaml": DESIGN}
    assert read_folder(folder) == found


@pytest.mark.parametrize("target", [".", "..", "../designs"])
def test_a_link_that_leads_back_is_ignored(folder: Path, target: str) -> None:
    (folder / "www").symlink_to(target)
    assert read_folder(folder) == {}


def test_a_link_to_a_file_is_read_and_one_that_leads_nowhere_is_a_fault(folder: Path) -> None:
    (folder / "public-orders.yaml").symlink_to("../kept/www/public-orders.yaml")
    (folder / ".#public-orders.yaml").symlink_to("editor@host.4711")
    assert read_folder(folder) == {"public-orders.yaml": DESIGN}
    (folder / "public-users.yaml").symlink_to("absent")
    with pytest.raises(ConfigError, match=r"public-users.yaml: cannot be read: No such file"):
        read_folder(folder)


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
@pytest.mark.parametrize("name", ["www", "www/public-orders.yaml"])
def test_what_cannot_be_read_is_a_fault(folder: Path, name: str) -> None:
    kept = folder.parent / "kept"
    (kept / name).chmod(0)
    with pytest.raises(ConfigError, match=f"{name}: cannot be read: Permission denied"):
        read_folder(kept)


@pytest.mark.parametrize("name", [".git", "lost+found"])
def test_a_folder_that_holds_no_designs_need_not_be_readable(folder: Path, name: str) -> None:
    (folder / name).mkdir(mode=0)
    assert read_folder(folder) == {}
