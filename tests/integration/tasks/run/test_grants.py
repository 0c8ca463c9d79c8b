"""What somebody granted on a relation is still granted once it is replaced."""

from collections.abc import Iterator

import pytest

from tests.support.projects.warehouse import Project

NEXT = ("--date", "2026-11-22")


@pytest.fixture
def readers(project: Project) -> Iterator[tuple[str, str]]:
    """The names of a user and of a group."""
    token = project.src.removeprefix("src_")
    user, group = f"bi_{token}", f"odd {token}"
    project.rows(f"CREATE USER {user} PASSWORD 'Zebra-1234567'", "ADMIN")
    project.rows(f'CREATE GROUP "{group}"', "ADMIN")
    yield user, group
    for relation in ("{src}.customers", "{dw}.paid"):
        project.rows(f"REVOKE ALL ON {relation} FROM {user}", "ADMIN")
        project.rows(f'REVOKE ALL ON {relation} FROM GROUP "{group}"', "ADMIN")
    project.rows(f"DROP USER {user}", "ADMIN")
    project.rows(f'DROP GROUP "{group}"', "ADMIN")


def acl(project: Project, relation: str) -> set[str]:
    """The items of a relation's privileges, without who granted them."""
    schema, _, name = relation.partition(".")
    [(text,)] = project.rows(
        "SELECT ARRAY_TO_STRING(c.relacl, CHR(10)) FROM pg_catalog.pg_class AS c"
        " JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace"
        f" WHERE n.nspname = '{schema}' AND c.relname = '{name}'"
    )
    return {item.partition("/")[0] for item in text.splitlines()}


def grant(project: Project, relation: str, user: str, group: str) -> set[str]:
    """Grant to all kinds of grantees, and return the items."""
    for what in (
        f"SELECT, UPDATE ON {relation} TO {user}",
        f"SELECT ON {relation} TO {user} WITH GRANT OPTION",
        f'ALL ON {relation} TO GROUP "{group}"',
        f"SELECT ON {relation} TO PUBLIC",
        f"DELETE ON {relation} TO GROUP analyst_ro",
    ):
        project.rows(f"GRANT {what}")
    schema = {"src": project.src, "dw": project.dw}
    return acl(project, relation.format(**schema))


def test_privileges_stay_when_a_table_or_a_view_is_replaced(
    project: Project, readers: tuple[str, str]
) -> None:
    project.luigi("LoadAll")
    tables = [f"{project.src}.customers", f"{project.dw}.paid"]
    before = [grant(project, table, *readers) for table in tables]

    done = project.luigi("LoadAll", *NEXT)

    assert [acl(project, table) for table in tables] == before
    assert "were lost" not in done.text
    assert any(f"{readers[0]}=r*w" in item for item in before[0]), before
