"""Foreign keys of tables that others own and that have no design."""

from collections.abc import Iterator

import pytest

from tests.support.projects.warehouse import Project

COPY = ("CopyTable", "--table", "{src}.customers", "--date")
KEY = "primary_key: [id]"


@pytest.fixture
def sandbox(project: Project) -> Iterator[str]:
    """A schema that the owner of the warehouse may not use; its table references a loaded one."""
    schema = f"sandbox_{project.src}"
    project.luigi(*COPY, "2026-11-21")
    project.rows(
        f"CREATE SCHEMA {schema}; CREATE TABLE {schema}.mine (id integer CONSTRAINT mine_customer"
        " REFERENCES {src}.customers (id))",
        "ADMIN",
    )
    yield schema
    project.rows(f"DROP SCHEMA {schema} CASCADE", "ADMIN")


def test_a_foreign_key_that_may_not_be_dropped_keeps_its_table_in_place(
    project: Project, sandbox: str
) -> None:
    project.upstream("UPDATE customers SET name = 'Anna' WHERE id = 1")

    done = project.luigi(*COPY, "2026-11-22")

    bound = f"the foreign key mine_customer of {sandbox}.mine is bound to it"
    assert f"replaced in place, because {bound}" in done.err
    assert project.rows("SELECT name FROM {src}.customers WHERE id = 1") == [("Anna",)]


def test_the_key_that_it_references_is_not_dropped(project: Project, sandbox: str) -> None:
    file = project.folder / "designs" / project.src / "public-customers.yaml"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace(f"constraints:\n  - {KEY}\n", ""), encoding="utf-8")

    failed = project.luigi(*COPY, "2026-11-22", code=30)

    assert "customers cannot lose the key that its design does not declare, beca" in failed.out
    assert f"mine_customer of {sandbox}.mine is bound to it; have the owner of the" in failed.out
    assert project.leftovers() == []
