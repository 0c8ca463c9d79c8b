"""Another session writes to the table of a publish: a conflict is retried, a refusal is not.

A table to which a view is bound is replaced in place, by DELETE and INSERT; if another session
changes a row after the publish has its snapshot, the DELETE ends in Redshift's error 1023.
https://docs.aws.amazon.com/redshift/latest/dg/c_serial_isolation.html
"""

import pytest

from tests.support.projects.warehouse import Outcome, Project

NEXT = "2026-11-22"
LATE = "UPDATE {src}.customers SET name = 'late' WHERE id = 1"
FORBID = (
    "ALTER TABLE {src}.customers OWNER TO admin;REVOKE ALL ON {src}.customers FROM GROUP etl_rw"
)
TOLD = "SELECT id, name FROM {src}.customers ORDER BY id"


@pytest.fixture
def viewed(project: Project) -> Project:
    """A project that has loaded a table to which a view is bound, and dumped the next day's."""
    table = ("--table", "{src}.customers")
    project.luigi("CopyTable", *table)
    project.rows("CREATE VIEW {dw}.mine AS SELECT id, name FROM {src}.customers")
    project.upstream("UPDATE customers SET name = 'Anna' WHERE id = 1")
    project.luigi("DumpTable", *table, "--date", NEXT)
    return project


def copy_while(project: Project, statements: str, code: int = 0) -> Outcome:
    """Load the next day's rows; the statements come before the DELETE of the publish."""
    return project.program(
        *("interfere", "delete", statements, "CopyTable"),
        *("--table", "{src}.customers", "--date", NEXT, "--workers", "1", "--local-scheduler"),
        code=code,
    )


def markers_of(project: Project) -> list[tuple]:
    return project.rows(
        "SELECT row_count FROM {etl}.table_updates WHERE task = 'CopyTable'"
        f" AND run_date = '{NEXT}'"
    )


def test_a_serialization_failure_repeats_the_whole_publish(viewed: Project) -> None:
    done = copy_while(viewed, LATE)

    assert "Serializable isolation violation" in done.err
    assert done.err.count("trying again in") == 1, done.text
    names = [(1, "Anna"), (2, "Bob 'the' \"builder\""), (3, None), (4, "")]
    assert viewed.rows(TOLD) == names
    assert viewed.rows("SELECT COUNT(*) FROM {dw}.mine") == [(4,)]
    assert markers_of(viewed) == [(4,)]
    assert viewed.leftovers() == []


def test_a_column_that_somebody_added_to_a_table_with_a_view_is_dropped(viewed: Project) -> None:
    """If the view uses it, the load is refused in words, and the rows stay."""
    table = ("--table", "{src}.customers", "--date")
    viewed.rows("ALTER TABLE {src}.customers ADD COLUMN mine integer")
    done = viewed.luigi("CopyTable", *table, NEXT)
    viewed.rows("ALTER TABLE {src}.customers ADD COLUMN used integer")
    viewed.rows("CREATE VIEW {dw}.using AS SELECT used FROM {src}.customers")
    refused = viewed.luigi("CopyTable", *table, "2026-11-23", code=30)

    assert "dropping column mine, which has no design" in done.err
    assert viewed.rows("SELECT COUNT(*) FROM {dw}.mine WHERE name = 'Anna'") == [(1,)]
    assert "cannot get its new columns, because" in refused.out
    assert "WITH NO SCHEMA BINDING" in refused.out


def test_a_permission_error_is_not_retried(viewed: Project) -> None:
    before = viewed.rows(TOLD)

    failed = copy_while(viewed, FORBID, code=30)

    assert "permission denied for" in failed.out
    assert failed.err.count("reached delete") == 1, failed.text
    assert "trying again in" not in failed.err
    assert viewed.rows(TOLD, "ADMIN") == before
    assert markers_of(viewed) == []


def test_rows_are_published_even_if_their_statistics_cannot_be_updated(project: Project) -> None:
    done = project.program(
        *("interfere", "analyze", "SET emulator.faults TO 'read_only 1'"),
        *("LoadAll", "--date", NEXT, "--workers", "1", "--local-scheduler"),
    )

    (line,) = [line for line in done.out.splitlines() if "statistics of" in line]
    name = line.split()[0]
    assert f"ed, the statistics of {name} are not current: " in line
    assert "read-only" in line
    assert "FAILED" not in done.text
    assert "there was nothing to do" in project.luigi("LoadAll", "--date", NEXT).out
