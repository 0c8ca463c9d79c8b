from pathlib import Path

from pipeline.names import TableName
from pipeline.procedures.operations.designs.design import Decision, Outcome, write


def test_a_file_that_exists_is_kept_and_the_others_are_written(tmp_path: Path) -> None:
    """As on a file system without case, where public-Orders.yaml is public-orders.yaml."""
    files = ("www/public-a.yaml", "www/public-b.yaml", "www/public-c.yaml")
    outcomes = tuple(Outcome(file, TableName("www", file[-6]), "new", file) for file in files)
    (tmp_path / "www").mkdir()
    (tmp_path / files[1]).write_text("mine", encoding="utf-8")

    written = write(Decision(outcomes), tmp_path)

    assert [outcome.action for outcome in written.outcomes] == ["new", "refused", "new"]
    assert "differs from another file's in case only" in str(written.outcomes[1].faults[0])
    texts = [(tmp_path / file).read_text(encoding="utf-8") for file in files]
    assert texts == [files[0], "mine", files[2]]
