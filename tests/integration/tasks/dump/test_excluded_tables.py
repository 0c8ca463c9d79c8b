"""``include_tables`` and ``exclude_tables`` decide which of the designs are loaded."""

import pytest

from tests.support.projects.warehouse import DATE, Project, change_configuration


def exclude(project: Project, table: str) -> None:
    change_configuration(
        project, lambda raw: raw["sources"][0].update(exclude_tables=[f"public.{table}"])
    )


@pytest.fixture
def reduced(project: Project) -> Project:
    """A project whose configuration excludes the customers."""
    exclude(project, "customers")
    return project


def note(project: Project) -> str:
    return f"1 design is excluded by include_tables and exclude_tables: {project.src}.customers."


def test_a_run_skips_excluded_tables(reduced: Project) -> None:
    reduced.upstream("DROP TABLE customers")
    for task in ("DumpAll", "CopyAll", "LoadAll --tables {src}"):
        done = reduced.luigi(*task.split())
        assert note(reduced) in done.out
    assert reduced.keys("customers") == []
    assert not [row for row in reduced.markers() if row[1] == f"{reduced.src}.customers"]


def test_a_run_with_nothing_to_do_names_excluded_tables(reduced: Project) -> None:
    reduced.luigi("LoadAll", "--tables", "{src}")
    again = reduced.luigi("LoadAll", "--tables", "{src}")
    assert "there was nothing to do" in again.out
    assert note(reduced) in again.out


def test_tables_that_include_tables_does_not_match_are_excluded(project: Project) -> None:
    change_configuration(
        project, lambda raw: raw["sources"][0].update(include_tables=["public.o*"])
    )
    done = project.luigi("DumpAll")
    assert note(project) in done.out
    failed = project.luigi("DumpTable", "--table", "{src}.customers", code=2)
    assert "no pattern of include_tables matches 'public.customers'" in failed.err


@pytest.mark.parametrize(
    "task",
    [
        "LoadAll --tables {src}.customers",
        "DumpAll --tables {src}.customers,{src}.orders",
        "CopyTable --table {src}.customers",
        "DumpTable --table {src}.customers",
    ],
)
def test_selecting_an_excluded_table_by_name_is_an_error(reduced: Project, task: str) -> None:
    failed = reduced.luigi(*task.split(), code=2)
    reason = f"{reduced.src}.customers is excluded: exclude_tables has 'public.customers'"
    assert f"{reason} (source '{reduced.src}')" in failed.err
    assert reduced.keys() == []


def test_a_query_reads_the_old_rows_of_an_excluded_table_and_notes_it_once(
    project: Project,
) -> None:
    project.luigi("LoadAll")
    exclude(project, "customers")
    project.upstream("TRUNCATE customers")
    done = project.luigi("LoadAll", "--date", "2026-11-22")
    assert project.rows("SELECT COUNT(*) FROM {dw}.names WHERE name_key > 0") == [(4,)]
    reason = f"{project.dw}.names reads the existing rows: {project.src}.customers is excluded"
    assert done.out.count(reason) == 1


def test_status_validate_and_plan_name_excluded_tables(reduced: Project) -> None:
    reduced.upstream("DROP TABLE customers")
    reduced.luigi("LoadAll", "--tables", "{src}")
    for command in ("status", "validate", "plan --date 2026-11-22"):
        shown = reduced.pipeline(*command.split())
        assert note(reduced) in shown.out
        lines = [line for line in shown.out.splitlines() if f"{reduced.src}.customers" in line]
        assert len(lines) == 1


def test_excluded_designs_are_still_uploaded(reduced: Project) -> None:
    reduced.luigi("UploadAll")
    assert len(reduced.keys("public-customers")) == 1


def test_designs_of_no_source_are_a_fault(project: Project) -> None:
    project.write("nobody/t.yaml", "name: nobody.t\nsource_name: CTAS\ncolumns: [{{name: a}}]")
    failed = project.luigi("LoadAll", "--date", DATE, code=35)
    assert "'nobody' is not a configured source" in failed.out
