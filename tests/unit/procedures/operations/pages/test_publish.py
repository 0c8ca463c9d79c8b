"""Pages in a local folder: only what changed is written, and only own files are deleted."""

import pytest

from pipeline.errors import UsageError
from pipeline.procedures.operations.pages.publish import Published, content_type, write_to_folder

FILES = {"index.html": b"i", "relation/a.b.html": b"1", "assets/pages.css": b"c"}


def test_only_what_changed_is_written_and_what_is_gone_is_deleted(tmp_path):
    folder = tmp_path / "deep" / "site"
    assert write_to_folder(folder, FILES) == Published(3, 3, 0)
    kept = (folder / "assets" / "pages.css").stat().st_mtime_ns
    other = folder / "relation" / "mine.txt"
    other.write_text("of somebody else")

    changed = {"index.html": b"j", "relation/a.c.html": b"2", "assets/pages.css": b"c"}
    assert write_to_folder(folder, changed) == Published(3, 2, 1)

    assert (folder / "index.html").read_bytes() == b"j"
    assert sorted(path.name for path in (folder / "relation").iterdir()) == [
        "a.c.html",
        "mine.txt",
    ]
    assert (folder / "assets" / "pages.css").stat().st_mtime_ns == kept
    assert write_to_folder(folder, changed) == Published(3, 0, 0)


def test_a_folder_of_something_else_is_refused(tmp_path):
    (tmp_path / "index.html").write_text("mine")

    with pytest.raises(UsageError, match="holds files that 'pipeline docs' did not write"):
        write_to_folder(tmp_path, FILES)
    assert [path.name for path in tmp_path.iterdir()] == ["index.html"]
    with pytest.raises(UsageError, match="Not a directory"):
        write_to_folder(tmp_path / "index.html", FILES)


def test_a_list_of_files_that_is_not_ours_deletes_nothing(tmp_path):
    site, precious = tmp_path / "site", tmp_path / "precious.html"
    write_to_folder(site, FILES)
    precious.write_text("mine")
    (site / "pages.json").write_text(
        '["../precious.html", "relation/../../precious.html", 7, "index.html"]'
    )

    write_to_folder(site, FILES)

    assert precious.exists()


def test_content_types():
    assert content_type("index.html") == "text/html; charset=utf-8"
    assert content_type("assets/pages.js") == "text/javascript; charset=utf-8"
