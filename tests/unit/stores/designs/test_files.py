"""Design files are written atomically and never overwritten by mistake."""

import pytest

from pipeline.errors import StorageError
from pipeline.stores.designs import folder as design_files


def test_a_new_file_is_written_with_its_folder_and_nothing_else(tmp_path):
    file = tmp_path / "www" / "public-ö.yaml"
    assert design_files.create(file, "größe\r\n")
    assert file.read_bytes() == "größe\r\n".encode()
    assert list(file.parent.iterdir()) == [file]


def test_an_existing_file_is_not_written(tmp_path):
    file = tmp_path / "a.yaml"
    file.write_text("old")
    assert not design_files.create(file, "new")
    assert file.read_text() == "old"
    assert list(tmp_path.iterdir()) == [file]


def test_a_replaced_file_keeps_its_permissions(tmp_path):
    file = tmp_path / "a.yaml"
    file.write_text("old")
    file.chmod(0o640)
    design_files.replace(file, "new")
    assert (file.read_text(), file.stat().st_mode & 0o777) == ("new", 0o640)
    assert list(tmp_path.iterdir()) == [file]


@pytest.mark.parametrize("end", [b"\r\n", b"\n"])
def test_a_replaced_file_keeps_the_ends_of_its_lines(tmp_path, end):
    file = tmp_path / "a.yaml"
    file.write_bytes(b"a" + end + b"b" + end)
    design_files.replace(file, file.read_text().replace("a", "new"))
    assert file.read_bytes() == b"new" + end + b"b" + end


@pytest.mark.parametrize("write", [design_files.create, design_files.replace])
def test_a_failed_write_is_an_error_that_names_the_file(tmp_path, write):
    (tmp_path / "www").write_text("a file where a folder is expected")
    with pytest.raises(StorageError, match=r"public-t\.yaml: cannot be written"):
        write(tmp_path / "www" / "public-t.yaml", "text")
