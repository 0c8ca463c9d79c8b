"""The bootstrap plan of a warehouse, executed and computed again."""

import secrets
from dataclasses import replace

import psycopg2
import pytest

from pipeline.access.current import read_current_state, read_holdings
from pipeline.access.desired import DesiredState
from pipeline.access.difference import plan, plan_user
from pipeline.access.passwords import password_hash, suggest
from pipeline.access.users import plan_drop
from pipeline.names import TableName
from pipeline.procedures.inventory import own_tables
from pipeline.settings import DeclaredUser, Groups
from pipeline.sql.access import privileges, users
from pipeline.sql.access.catalog import select_current_state, select_holdings
from pipeline.sql.access.privileges import Grantee
from pipeline.sql.markers import history, marker
from pipeline.sql.markers.surrogate_keys import key_table
from pipeline.sql.statement import Statement, table
from pipeline.sql.tables import ddl, publish
from tests.support.values.statements import row_count


@pytest.fixture
def desired():
    """Names for one test: users and groups belong to the whole server."""
    token = secrets.token_hex(4)
    return DesiredState(
        owner=f"dw_{token}",
        groups=Groups(etl=f"etl_{token}", users=f"readers_{token}"),
        schemas=("dw", "www"),
        marker_schema="etl",
    )


def current(warehouse, desired):
    queries = select_current_state(desired.marker_schema, desired.schemas, desired.owner)
    return read_current_state({name: warehouse.ask(each) for name, each in queries.items()})


def apply(warehouse, statements):
    for statement in statements:
        warehouse.ask(statement)


def new_password(warehouse, user):
    """Choose a password and return its hash, which alone goes to the warehouse."""
    warehouse.passwords[user] = suggest()
    return password_hash(user, warehouse.passwords[user])


@pytest.fixture
def ready(empty_warehouse, desired):
    """A warehouse in the desired state."""
    hashes = {desired.owner: new_password(empty_warehouse, desired.owner)}
    apply(empty_warehouse, plan(desired, current(empty_warehouse, desired), hashes))
    return empty_warehouse


@pytest.fixture
def ann(ready, desired):
    """A user who is in no group but that of users."""
    name = f"ann_{desired.owner}"
    declared = DeclaredUser(name)
    apply(ready, plan_user(desired, current(ready, desired), declared, new_password(ready, name)))
    return name


def test_a_plan_is_empty_after_it_was_executed(ready, desired):
    assert plan(desired, current(ready, desired)) == ()


def test_a_source_that_is_added_later_needs_only_its_own_statements(ready, desired):
    more = replace(desired, schemas=(*desired.schemas, "hyppo"))
    statements = plan(more, current(ready, more))
    apply(ready, statements)

    assert len(statements) == 6
    assert plan(more, current(ready, more)) == ()


def test_users_read_and_cannot_write_tables_that_the_owner_creates_later(ready, desired, ann):
    name = TableName("www", "later")
    ready.ask(Statement(f"CREATE TABLE {table(name)} (id int)"), desired.owner)
    ready.ask(Statement(f"INSERT INTO {table(name)} VALUES (1)"), desired.owner)

    assert ready.ask(row_count(name), ann) == [{"row_count": 1}]
    with pytest.raises(psycopg2.Error, match="permission denied"):
        ready.ask(publish.delete_all(name), ann)


def test_the_marker_tables_belong_to_the_owner_and_users_cannot_read_them(ready, desired, ann):
    question = marker.select_markers("etl", prefix="p")

    assert ready.ask(question, desired.owner) == []
    with pytest.raises(psycopg2.Error, match="permission denied"):
        ready.ask(question, ann)


def test_public_has_no_rights_and_the_search_path_contains_the_sources(ready, desired, ann):
    ready.ask(Statement("CREATE TABLE www.found (id int)"), desired.owner)

    assert ready.ask(Statement("SELECT COUNT(*) AS n FROM found"), ann) == [{"n": 0}]
    with pytest.raises(psycopg2.Error, match="permission denied"):
        ready.ask(Statement("CREATE TABLE public.mine (id int)"), ann)


def test_a_user_gets_a_schema_joins_the_etl_group_changes_password_and_is_dropped(ready, desired):
    tom = f"tom_{desired.owner}"
    declared = DeclaredUser(tom, schema=True)
    apply(ready, plan_user(desired, current(ready, desired), declared, new_password(ready, tom)))
    ready.ask(Statement("CREATE TABLE notes (id int)"), tom)
    assert plan_user(desired, current(ready, desired), declared) == ()

    declared = replace(declared, etl=True)
    ready.new_session(tom)
    apply(ready, plan_user(desired, current(ready, desired), declared, new_password(ready, tom)))
    ready.ask(Statement("CREATE TABLE www.by_tom (id int)"), tom)
    ready.ask(privileges.grant_select(TableName("www", "by_tom"), Grantee("user", tom)))

    ready.new_session(tom)
    holdings = read_holdings(
        tom, {name: ready.ask(each) for name, each in select_holdings(tom).items()}
    )
    apply(
        ready, plan_drop(desired, current(ready, desired), holdings, tom, new_owner=desired.owner)
    )

    assert tom not in current(ready, desired).search_paths
    assert ready.ask(row_count(TableName(tom, "notes")), desired.owner) == [{"row_count": 0}]
    assert ready.ask(row_count(TableName("www", "by_tom")), desired.owner) == [{"row_count": 0}]


GIVEN = """
CREATE TABLE www.parts (id int, "na me" varchar(9));
CREATE FUNCTION www.twice(integer, varchar(9)) RETURNS integer STABLE
    AS $$ SELECT $1 * 2 $$ LANGUAGE sql;
CREATE PROCEDURE www.nothing(integer) AS $$ BEGIN RETURN; END $$ LANGUAGE plpgsql;
GRANT SELECT ("na me") ON www.parts TO {user};
GRANT EXECUTE ON FUNCTION www.twice(integer, varchar(9)) TO {user};
GRANT EXECUTE ON PROCEDURE www.nothing(integer) TO {user};
ALTER DEFAULT PRIVILEGES IN SCHEMA www GRANT EXECUTE ON FUNCTIONS TO {user};
ALTER DEFAULT PRIVILEGES IN SCHEMA www GRANT EXECUTE ON PROCEDURES TO {user}
"""


def test_a_user_with_privileges_on_columns_and_routines_is_dropped(ready, desired):
    tom = f"tom_{desired.owner}"
    apply(ready, plan_user(desired, current(ready, desired), DeclaredUser(tom), None))
    ready.ask(Statement(GIVEN.format(user=tom)), desired.owner)
    with pytest.raises(psycopg2.Error, match="can't be dropped because the user has a privilege"):
        ready.ask(Statement(f"DROP USER {tom}"))

    holdings = read_holdings(
        tom, {name: ready.ask(each) for name, each in select_holdings(tom).items()}
    )
    apply(
        ready, plan_drop(desired, current(ready, desired), holdings, tom, new_owner=desired.owner)
    )

    assert tom not in current(ready, desired).search_paths


def test_a_user_without_a_password_cannot_log_in(ready, desired):
    ann = f"ann_{desired.owner}"
    apply(ready, plan_user(desired, current(ready, desired), DeclaredUser(ann)))
    ready.passwords[ann] = ""

    with pytest.raises(psycopg2.OperationalError):
        ready.ask(Statement("SELECT 1"), ann)


def test_a_user_removed_from_a_group_is_added_again(ready, desired):
    ready.ask(users.remove_from_group(desired.groups.etl, desired.owner))

    assert current(ready, desired).members == frozenset()
    assert plan(desired, current(ready, desired)) == (
        users.add_to_group(desired.groups.etl, desired.owner),
    )


def test_a_schema_of_another_owner_is_transferred(ready, desired):
    ready.ask(ddl.create_schema("foreign_one", owner="admin"))
    more = replace(desired, schemas=(*desired.schemas, "foreign_one"))
    apply(ready, plan(more, current(ready, more)))

    assert current(ready, more).schema_owners["foreign_one"] == desired.owner
    assert plan(more, current(ready, more)) == ()


MADE = """
CREATE TABLE www.orders (id int);
CREATE VIEW www.bound AS SELECT id FROM www.orders;
CREATE VIEW www.late AS SELECT id FROM www.orders WITH NO SCHEMA BINDING
"""


def test_another_owner_gets_what_the_one_before_owned_and_nothing_of_others(ready, desired):
    for text in MADE.split(";"):
        ready.ask(Statement(text), desired.owner)
    ready.ask(Statement("CREATE TABLE www.copied (id int)"))
    other = replace(desired, owner=f"next_{desired.owner}")
    hashes = {other.owner: new_password(ready, other.owner)}
    apply(ready, plan(other, current(ready, other), hashes))

    assert plan(other, current(ready, other)) == ()
    assert current(ready, other).others == {TableName("www", "copied"): "admin"}
    for text in ("DROP VIEW www.bound", "DROP VIEW www.late", "DROP TABLE www.orders"):
        ready.ask(Statement(text), other.owner)
    assert ready.ask(marker.select_markers("etl", prefix="p"), other.owner) == []


def test_what_an_earlier_release_left_to_the_owner_before_is_transferred(ready, desired):
    """It transferred schemas alone: nothing but the pipeline's own tables tells who that was."""
    ready.ask(Statement("CREATE TABLE www.orders (id int)"), desired.owner)
    other = replace(desired, owner=f"next_{desired.owner}")
    hashes = {other.owner: new_password(ready, other.owner)}
    statements = plan(other, current(ready, other), hashes)
    apply(ready, [each for each in statements if not each.text.startswith("ALTER TABLE")])
    transfers = plan(other, current(ready, other))
    apply(ready, transfers)

    orders = ddl.alter_owner(TableName("www", "orders"), other.owner)
    own = [ddl.alter_owner(each.name, other.owner) for each in own_tables("etl")]
    assert {each.text for each in transfers} == {each.text for each in (orders, *own)}
    assert plan(other, current(ready, other)) == ()


def test_owner_and_privileges_of_the_pipelines_own_tables_are_restored(ready, desired):
    group = Grantee("group", desired.groups.etl)
    markers, runs = (each.own_table("etl").name for each in (marker, history))
    ready.ask(privileges.revoke_table(markers, group))
    ready.ask(ddl.alter_owner(runs, "admin"))
    ready.ask(Statement("CREATE TABLE etl.surrogate_keys (last_key bigint)"))

    restored = plan(desired, current(ready, desired))
    apply(ready, restored)

    keys = key_table("etl")
    assert restored == (
        *(ddl.alter_owner(each, desired.owner) for each in (keys, runs)),
        privileges.grant_table(markers, group),
        privileges.grant_table(keys, group),
    )
    assert plan(desired, current(ready, desired)) == ()
