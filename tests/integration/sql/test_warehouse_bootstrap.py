"""The plan of a warehouse, executed and asked again."""

import secrets
from dataclasses import replace

import psycopg2
import pytest

from pipeline.access import current as bootstrap
from pipeline.access import drop_user
from pipeline.access.passwords import password_hash, suggest
from pipeline.access.plan import Wanted, plan, plan_user
from pipeline.names import TableName
from pipeline.settings import DeclaredUser, Groups
from pipeline.sql.access import privileges, users
from pipeline.sql.access.privileges import Grantee
from pipeline.sql.markers import marker
from pipeline.sql.statement import Statement, table
from pipeline.sql.tables import ddl, publish


@pytest.fixture
def wanted():
    """Names of a test's own: users and groups belong to the whole server."""
    token = secrets.token_hex(4)
    return Wanted(
        owner=f"dw_{token}",
        groups=Groups(etl=f"etl_{token}", users=f"readers_{token}"),
        schemas=("dw", "www"),
        marker_schema="etl",
    )


def present(warehouse, wanted):
    asked = bootstrap.questions(wanted.marker_schema)
    return bootstrap.read_present({name: warehouse.ask(each) for name, each in asked.items()})


def apply(warehouse, statements):
    for statement in statements:
        warehouse.ask(statement)


def new_password(warehouse, user):
    """Choose a password and return its hash, which alone goes to the warehouse."""
    warehouse.passwords[user] = suggest()
    return password_hash(user, warehouse.passwords[user])


@pytest.fixture
def ready(empty_warehouse, wanted):
    """A warehouse in the wanted shape."""
    hashes = {wanted.owner: new_password(empty_warehouse, wanted.owner)}
    apply(empty_warehouse, plan(wanted, present(empty_warehouse, wanted), hashes))
    return empty_warehouse


def test_a_plan_that_was_executed_is_empty_the_next_time(ready, wanted):
    assert plan(wanted, present(ready, wanted)) == ()


def test_a_source_that_is_added_later_needs_only_its_own_statements(ready, wanted):
    more = replace(wanted, schemas=(*wanted.schemas, "hyppo"))
    statements = plan(more, present(ready, more))
    apply(ready, statements)

    assert len(statements) == 6
    assert plan(more, present(ready, more)) == ()


def test_tables_that_the_owner_creates_later_can_be_read_by_users_and_written_by_none_of_them(
    ready, wanted
):
    apply(
        ready,
        plan_user(
            wanted,
            present(ready, wanted),
            DeclaredUser(f"ann_{wanted.owner}"),
            new_password(ready, f"ann_{wanted.owner}"),
        ),
    )
    name = TableName("www", "later")
    ready.ask(Statement(f"CREATE TABLE {table(name)} (id int)"), wanted.owner)
    ready.ask(Statement(f"INSERT INTO {table(name)} VALUES (1)"), wanted.owner)

    assert ready.ask(publish.row_count(name), f"ann_{wanted.owner}") == [{"row_count": 1}]
    with pytest.raises(psycopg2.Error, match="permission denied"):
        ready.ask(publish.delete_all(name), f"ann_{wanted.owner}")


def test_the_marker_tables_are_the_owners_and_closed_to_users(ready, wanted):
    ann = f"ann_{wanted.owner}"
    apply(
        ready,
        plan_user(wanted, present(ready, wanted), DeclaredUser(ann), new_password(ready, ann)),
    )
    question = marker.select_markers("etl", prefix="p")

    assert ready.ask(question, wanted.owner) == []
    with pytest.raises(psycopg2.Error, match="permission denied"):
        ready.ask(question, ann)


def test_public_is_closed_and_the_search_path_leads_through_the_sources(ready, wanted):
    ann = f"ann_{wanted.owner}"
    apply(
        ready,
        plan_user(wanted, present(ready, wanted), DeclaredUser(ann), new_password(ready, ann)),
    )
    ready.ask(Statement("CREATE TABLE www.found (id int)"), wanted.owner)

    assert ready.ask(Statement("SELECT COUNT(*) AS n FROM found"), ann) == [{"n": 0}]
    with pytest.raises(psycopg2.Error, match="permission denied"):
        ready.ask(Statement("CREATE TABLE public.mine (id int)"), ann)


def test_a_user_gets_a_schema_joins_the_etl_group_changes_password_and_leaves(ready, wanted):
    tom = f"tom_{wanted.owner}"
    declared = DeclaredUser(tom, schema=True)
    apply(ready, plan_user(wanted, present(ready, wanted), declared, new_password(ready, tom)))
    ready.ask(Statement("CREATE TABLE notes (id int)"), tom)
    assert plan_user(wanted, present(ready, wanted), declared) == ()

    declared = replace(declared, etl=True)
    ready.new_session(tom)
    apply(ready, plan_user(wanted, present(ready, wanted), declared, new_password(ready, tom)))
    ready.ask(Statement("CREATE TABLE www.by_tom (id int)"), tom)
    ready.ask(privileges.grant_select(TableName("www", "by_tom"), Grantee("user", tom)))

    ready.new_session(tom)
    answers = {name: ready.ask(each) for name, each in drop_user.questions(tom).items()}
    holdings = drop_user.read_holdings(tom, answers)
    apply(
        ready,
        drop_user.plan_drop_user(present(ready, wanted), holdings, tom, heir=wanted.owner),
    )

    assert tom not in present(ready, wanted).search_paths
    assert ready.ask(publish.row_count(TableName(tom, "notes")), wanted.owner) == [
        {"row_count": 0}
    ]
    assert ready.ask(publish.row_count(TableName("www", "by_tom")), wanted.owner) == [
        {"row_count": 0}
    ]


def test_who_has_no_password_cannot_log_in(ready, wanted):
    ann = f"ann_{wanted.owner}"
    apply(ready, plan_user(wanted, present(ready, wanted), DeclaredUser(ann)))
    ready.passwords[ann] = ""

    with pytest.raises(psycopg2.OperationalError):
        ready.ask(Statement("SELECT 1"), ann)


def test_a_user_who_left_a_group_is_no_member(ready, wanted):
    ready.ask(users.remove_from_group(wanted.groups.etl, wanted.owner))

    assert present(ready, wanted).members == frozenset()
    assert plan(wanted, present(ready, wanted)) == (
        users.add_to_group(wanted.groups.etl, wanted.owner),
    )


def test_a_schema_that_somebody_else_owns_is_taken_over(ready, wanted):
    ready.ask(ddl.create_schema("foreign_one", owner="admin"))
    more = replace(wanted, schemas=(*wanted.schemas, "foreign_one"))
    apply(ready, plan(more, present(ready, more)))

    assert present(ready, more).schema_owners["foreign_one"] == wanted.owner
    assert plan(more, present(ready, more)) == ()
