"""Tables, staging tables, views and markers in a warehouse with Redshift's rules."""

import datetime as dt
from dataclasses import replace
from decimal import Decimal

import psycopg2
import pytest

from pipeline import staging_names
from pipeline.designs.model.design import Attributes, Column, Constraints, Design, ForeignKey
from pipeline.names import Fingerprint, RunDate, TableName
from pipeline.sql.catalog import relations
from pipeline.sql.catalog import tables as catalog
from pipeline.sql.catalog.inventory import inventory
from pipeline.sql.markers import content, history, marker
from pipeline.sql.markers.marker import Marker
from pipeline.sql.markers.own_table import create_own_table
from pipeline.sql.statement import Statement, table
from pipeline.sql.tables import checks, ddl, freshness, publish, refresh
from pipeline.sql.tables.checks import Counts
from tests.support.values.warehouse_samples import DATE, HOUR, MARKER, RUN

ATTEMPT = "1a2b3c4d"
MOMENT = dt.datetime(2026, 11, 22, 3, 4, 5, 678901, dt.UTC)

USERS = Design(
    name=TableName("shop", "users"),
    kind="TABLE",
    stem="shop/users",
    columns=(Column("id", "bigint", not_null=True), Column("email", "varchar(40)")),
    constraints=Constraints(primary_key=("id",), unique=(("email",),)),
)
DIMENSION = Design(
    name=TableName("shop", "dim_user"),
    kind="CTAS",
    stem="shop/dim_user",
    columns=(
        Column("user_key", "bigint", identity=True),
        Column("id", "bigint", not_null=True),
        Column("email", "varchar(2)"),
        Column("s", "smallint", not_null=True),
        Column("n", "numeric(4,2)", not_null=True, encoding="az64"),
        Column("f", "double precision", not_null=True),
        Column("b", "boolean", not_null=True),
        Column("c", "char(2)", not_null=True),
        Column("v", "varchar(20)", not_null=True, encoding="zstd"),
        Column("d", "date", not_null=True),
        Column("t", "timestamp", not_null=True),
        Column("z", "timestamptz", not_null=True),
    ),
    query="""\
SELECT id, CAST(NULL AS varchar(2)), 1, 1.5, 2.5, TRUE, 'xy', '100%', CAST('2026-11-22' AS date),
    CAST('2026-11-22 01:02:03' AS timestamp), CAST('2026-11-22 01:02:03+00' AS timestamptz)
FROM shop.users -- everybody; no exception
;""",
    constraints=Constraints(surrogate_key=("user_key",), natural_key=("id",)),
    attributes=Attributes(distribution="all", compound_sort=("user_key",)),
)
VIEW = Design(
    name=TableName("shop", "some_users"),
    kind="VIEW",
    stem="shop/some_users",
    columns=(Column("id"),),
    query="SELECT id FROM shop.users WHERE email NOT LIKE '%x' -- not all",
)


@pytest.fixture
def shop(warehouse):
    """A schema with a table of users."""
    warehouse.ask(ddl.create_schema("shop", owner="admin"))
    warehouse.ask(ddl.create_table(USERS))
    warehouse.ask(Statement("INSERT INTO shop.users VALUES (1, 'a'), (2, 'b'), (3, NULL)"))
    return warehouse


def rows(warehouse, name, order):
    statement = Statement(f"SELECT * FROM {table(name)} ORDER BY {order}")
    return [tuple(row.values()) for row in warehouse.ask(statement)]


def filled_staging_table(warehouse, design, attempt):
    staging_table = staging_names.staging_table(design.name, attempt)
    warehouse.ask(ddl.create_table(design, name=staging_table, foreign_keys=False))
    for statement in refresh.fill(design, staging_table):
        warehouse.ask(statement)
    return staging_table


def test_a_dimension_has_a_row_with_key_0_and_numbers_from_1_for_all_others(shop):
    staging_table = filled_staging_table(shop, DIMENSION, ATTEMPT)
    start = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
    zero, *others = rows(shop, staging_table, "user_key")

    assert zero == (
        0, 0, None, 0, Decimal("0.00"), 0.0, False, "N/", "N/A", dt.date(1970, 1, 1),
        start.replace(tzinfo=None), start,
    )  # fmt: skip
    assert sorted(row[1] for row in others) == [1, 2, 3]
    assert len({row[0] for row in others}) == 3
    assert min(row[0] for row in others) >= 1
    assert shop.ask(checks.counts(DIMENSION, staging_table))[0]["row_count"] == 4


def test_rows_replaced_in_place_keep_the_keys_of_the_staging_table(shop):
    shop.ask(ddl.create_table(DIMENSION))
    staging_table = filled_staging_table(shop, DIMENSION, ATTEMPT)
    expected = rows(shop, staging_table, "user_key")
    shop.ask(publish.delete_all(DIMENSION.name))
    shop.ask(publish.insert_from_staging_table(DIMENSION, staging_table))

    assert rows(shop, DIMENSION.name, "user_key") == expected


def test_violations_of_keys_that_redshift_does_not_enforce_are_found(shop):
    keys = checks.keys(USERS)
    [before] = shop.ask(checks.counts(USERS, USERS.name, keys))
    shop.ask(Statement("INSERT INTO shop.users VALUES (1, 'a'), (4, NULL)"))
    [row] = shop.ask(checks.counts(USERS, USERS.name, keys))
    broken = [
        [tuple(each.values()) for each in shop.ask(checks.duplicates(USERS.name, key))]
        for key in keys
    ]

    assert checks.read_counts(USERS, before, keys) == Counts(3, ())
    assert checks.read_counts(USERS, row, keys) == Counts(5, (), keys)
    assert broken == [[(1, 2)], [("a", 2)]]


def test_a_late_binding_view_is_recognized_and_its_table_can_be_dropped(shop):
    shop.ask(ddl.create_view(VIEW))
    shop.ask(Statement("CREATE VIEW shop.bound AS SELECT id FROM shop.users"))

    names = (VIEW.name, TableName("shop", "bound"), USERS.name, TableName("shop", "none"))
    found = [row["kind"] for name in names for row in shop.ask(relations.relation_kind(name))]
    assert found == ["late-binding view", "view", "table"]
    assert shop.ask(catalog.bound_views(USERS.name)) == [
        {"view_schema": "shop", "view_name": "bound"}
    ]
    assert [row["id"] for row in shop.ask(Statement("SELECT id FROM shop.some_users"))] == [1, 2]


def test_a_table_is_swapped_with_its_foreign_keys_dropped_and_declared_again(shop):
    key = ForeignKey(("user_id",), USERS.name, ("id",))
    notes = TableName("shop", "notes")
    shop.ask(Statement("CREATE TABLE shop.notes (user_id bigint)"))
    shop.ask(ddl.add_foreign_key(notes, key))
    staging_table = staging_names.staging_table(USERS.name, ATTEMPT)
    shop.ask(ddl.create_table(USERS, name=staging_table))
    retired = staging_names.retired(staging_table)

    (found,) = catalog.references(shop.ask(catalog.referencing_foreign_keys(USERS.name)))
    for statement in (
        ddl.drop_constraint(found.table, found.constraint),
        ddl.rename_table(USERS.name, retired.table),
        ddl.rename_table(staging_table, USERS.name.table),
        ddl.drop_table(retired),
        ddl.add_foreign_key(found.table, found.key),
    ):
        shop.ask(statement)

    assert (found.table, found.key) == (notes, key)
    assert catalog.references(shop.ask(catalog.own_foreign_keys(notes))) == (found,)
    assert rows(shop, USERS.name, "id") == []
    assert shop.ask(catalog.staging_tables(("shop",))) == []


def test_columns_are_listed_with_the_types_they_were_created_with(shop):
    listed = {
        row["column_name"]: (row["column_type"], row["not_null"])
        for row in shop.ask(catalog.table_columns(USERS.name))
    }
    again = staging_names.staging_table(USERS.name, ATTEMPT)
    shop.ask(ddl.create_table(USERS, name=again))

    assert list(listed) == ["id", "email"]
    assert listed["id"] == ("bigint", True)
    assert shop.ask(catalog.table_columns(again)) == shop.ask(catalog.table_columns(USERS.name))


def test_hostile_names_and_descriptions_are_preserved(warehouse):
    hostile = Design(
        name=TableName('s"; drop --', "t%s.é' $"),
        kind="TABLE",
        stem="x/y",
        columns=(
            Column('a"b', "varchar(10)", description="50% ' \\ \" ; -- é\\"),
            Column("%(a)s", "int"),
        ),
        description="\\",
    )
    warehouse.ask(ddl.create_schema(hostile.name.schema, owner="admin"))
    warehouse.ask(ddl.create_table(hostile))
    for statement in ddl.comment_on(hostile):
        warehouse.ask(statement)
    described = warehouse.ask(
        Statement(
            "SELECT d.description FROM pg_catalog.pg_description AS d"
            " JOIN pg_catalog.pg_class AS c ON c.oid = d.objoid"
            " WHERE c.relname = %(table)s ORDER BY d.objsubid",
            {"table": hostile.name.table},
        )
    )

    assert [row["column_name"] for row in warehouse.ask(catalog.table_columns(hostile.name))] == [
        'a"b',
        "%(a)s",
    ]
    assert [row["description"] for row in described] == ["\\", "50% ' \\ \" ; -- é\\"]


@pytest.fixture
def markers(warehouse):
    warehouse.ask(ddl.create_schema("etl", owner="admin"))
    warehouse.ask(create_own_table(marker.own_table("etl")))
    warehouse.ask(create_own_table(history.own_table("etl")))
    return warehouse


YESTERDAY = RunDate.parse("2026-11-21")


def completion(task="CopyTable", relation="shop.users", date=DATE, fingerprint="f1"):
    return replace(
        MARKER,
        update_id=f"{task} {relation} {date} {fingerprint}",
        task=task,
        target_table=relation,
        run_date=date,
        prefix="p",
        fingerprint=Fingerprint(fingerprint),
        byte_count=None,
        manifest="s3://b/it's \\ 100%",
        started_at=MOMENT,
        inserted_at=MOMENT,
    )


def write(warehouse, written):
    warehouse.ask(marker.delete_marker("etl", written))
    warehouse.ask(marker.insert_marker("etl", written))


def known(warehouse, run_date=None):
    every = Statement('SELECT update_id FROM "etl"."table_updates"')
    of_date = marker.select_markers("etl", prefix="p", run_date=run_date)
    return sorted(row["update_id"] for row in warehouse.ask(of_date if run_date else every))


def test_a_marker_is_read_as_written_with_its_time_in_utc(markers):
    written = completion()
    write(markers, written)
    (found,) = markers.ask(marker.select_marker("etl", written.update_id))
    naive = MOMENT.replace(tzinfo=None)

    assert found.pop("place") == 1
    found["fingerprint"] = Fingerprint.parse(found["fingerprint"])
    found |= {"run_date": RunDate(found["run_date"], found.pop("run_hour"))}
    assert Marker(**found) == replace(written, started_at=naive, inserted_at=naive)
    assert markers.ask(marker.select_marker("etl", "unknown")) == []


def test_a_new_marker_replaces_that_of_its_task_relation_and_date_only(markers):
    others = [
        completion(date=YESTERDAY),
        completion(date=HOUR),
        completion(relation="shop.notes"),
        completion(task="CreateTable"),
        completion(task="BootstrapWarehouse", relation=None, date=None),
    ]
    for each in (*others, completion(), completion(fingerprint="f2")):
        write(markers, each)
    write(
        markers, completion(task="BootstrapWarehouse", relation=None, date=None, fingerprint="f2")
    )

    expected = [each.update_id for each in (*others[:4], completion(fingerprint="f2"))]
    assert known(markers) == sorted([*expected, "BootstrapWarehouse None None f2"])


def test_a_day_has_its_own_markers_and_those_without_a_date(markers):
    for each in (
        completion(),
        completion(date=YESTERDAY),
        completion(task="B", date=None),
    ):
        write(markers, each)

    assert known(markers, run_date=DATE) == sorted(
        [completion().update_id, completion(task="B", date=None).update_id]
    )


def test_an_hour_has_its_own_markers_and_a_day_also_those_of_its_hours(markers):
    day, hour, other = (completion(date=each) for each in (DATE, HOUR, RunDate(HOUR.day, 15)))
    for each in (day, hour, other):
        write(markers, replace(each, task="A"))
    write(markers, completion(date=HOUR))

    assert known(markers, run_date=HOUR) == [hour.update_id] * 2
    assert set(known(markers, run_date=DATE)) == {each.update_id for each in (day, hour, other)}


def test_what_a_relation_holds_is_its_newest_marker_of_any_prefix_and_date(markers):
    later = dt.timedelta(seconds=1)
    old, elsewhere = completion(fingerprint="f1"), replace(completion(), prefix="wip")
    newest = replace(elsewhere, update_id="n", inserted_at=MOMENT + later)
    created = replace(completion(task="CreateTable"), inserted_at=MOMENT + 2 * later)
    for each in (old, newest, created):
        markers.ask(marker.insert_marker("etl", each))

    found = markers.ask(content.select_contents("etl", [USERS.name, TableName("shop", "other")]))
    assert [row["update_id"] for row in found] == ["n"]
    assert "n" in known(markers, run_date=RunDate.parse("2020-01-01"))
    (place,) = markers.ask(marker.select_marker("etl", old.update_id))
    assert place["place"] == 2

    assert markers.ask(content.delete_contents("etl", [USERS.name])) == 2
    assert known(markers) == [created.update_id]


def test_markers_are_as_they_were_read_or_the_statement_fails(markers):
    """After each change of the markers, what was read before no longer holds."""
    other = TableName("shop", "other")
    names, elsewhere = [USERS.name, other], replace(completion(), update_id="e", prefix="wip")
    one = completion(fingerprint="f1")
    later = replace(one, inserted_at=MOMENT + dt.timedelta(microseconds=1))
    of_other = replace(completion(fingerprint="f2"), target_table=str(other))
    changes = (
        [marker.insert_marker("etl", one)],
        [marker.delete_marker("etl", one), marker.insert_marker("etl", later)],
        [marker.insert_marker("etl", replace(elsewhere, inserted_at=MOMENT + dt.timedelta(1)))],
        [marker.insert_marker("etl", of_other)],
        [content.delete_contents("etl", [USERS.name])],
        [marker.insert_marker("etl", replace(one, position="7", source="s"))],
        [content.withdraw_positions("etl", [USERS.name], "forgotten")],
    )
    read: list[list[tuple[str, dt.datetime, str | None]]] = [[]]
    for change in changes:
        for statement in change:
            markers.ask(statement)
        found = markers.ask(content.select_contents("etl", names))
        read.append([(row["update_id"], row["inserted_at"], row["position"]) for row in found])
    ignored = (replace(one, task="CreateTable"), replace(one, target_table="shop.more"))
    for each in ignored:
        markers.ask(marker.insert_marker("etl", each))

    assert len({tuple(each) for each in read}) == len(changes) + 1
    for before in read[:-1]:
        with pytest.raises(psycopg2.errors.DivisionByZero):
            markers.ask(content.assert_contents("etl", names, before))
    assert markers.ask(content.assert_contents("etl", names, read[-1])) == [{"unchanged": 1}]


def test_the_inventory_lists_relations_with_their_ids_and_columns_of_markers(markers):
    markers.ask(ddl.create_schema("empty", owner="admin"))
    names = [marker.marker_table("etl")]
    rows = markers.ask(inventory(("etl", "empty", "missing"), names))
    columns = {row["column_name"] for row in rows if row["relation_name"] == "table_updates"}
    ids = {(row["schema_name"], row["relation_name"]): row["object_id"] for row in rows}
    (relation,) = markers.ask(relations.relation_kind(names[0]))

    assert columns == {column.name for column in marker.own_table("etl").columns}
    assert ids["empty", None] is None
    assert ids["etl", "table_updates"] == relation["object_id"]
    assert {key for key in ids if key[0] == "missing"} == set()
    markers.ask(ddl.rename_table(names[0], "other"))
    (renamed,) = markers.ask(relations.relation_kind(TableName("etl", "other")))
    assert renamed == relation


def test_forgetting_removes_the_named_relations_of_one_date_or_of_all(markers):
    for each in (completion(), completion(date=YESTERDAY), completion(relation="shop.notes")):
        write(markers, each)
    write(markers, completion(date=HOUR))
    names = [USERS.name, TableName("shop", "other")]

    assert markers.ask(marker.forget("etl", prefix="other", tables=names)) == 0
    assert markers.ask(marker.forget("etl", prefix="p", tables=names, run_date=DATE)) == 1
    assert completion(date=HOUR).update_id in known(markers)
    assert markers.ask(marker.forget("etl", prefix="p", tables=names, run_date=HOUR)) == 1
    assert markers.ask(marker.forget("etl", prefix="p", tables=names)) == 1
    assert known(markers) == [completion(relation="shop.notes").update_id]


def test_the_history_has_the_newest_run_of_each_kind(markers):
    def run(number, status, message=None):
        moment = MOMENT + dt.timedelta(minutes=number)
        changes = {"status": status, "message": message, "occurred_at": moment}
        return replace(RUN, run_id=f"r{number}", prefix="p", **changes)

    runs = [run(1, "done"), run(2, "failed", "it's \\ 100%"), run(3, "done"), run(4, "done")]
    markers.ask(history.insert_history("etl", runs))
    newest = markers.ask(history.select_history("etl", prefix="p", limit=2))
    latest = markers.ask(history.select_latest("etl", prefix="p"))

    assert [row["run_id"] for row in newest] == ["r4", "r3"]
    assert [(row["run_id"], row["message"]) for row in latest] == [
        ("r4", None),
        ("r2", "it's \\ 100%"),
    ]
    assert newest[0]["occurred_at"] == (MOMENT + dt.timedelta(minutes=4)).replace(tzinfo=None)


def test_the_newest_runs_have_all_their_tasks(markers):
    def ran(run, minute, **changes):
        moment = MOMENT + dt.timedelta(minutes=minute)
        given = {"run_id": run, "prefix": "p", "occurred_at": moment, "started_at": MOMENT}
        return replace(RUN, **given | changes)

    history_rows = [ran("r1", 1), ran("r2", 2), ran("r2", 9), ran("r3", 4), ran("r3", 5)]
    history_rows += [ran("r4", 3, status="not run"), ran("r5", 8, prefix="q")]
    markers.ask(history.insert_history("etl", history_rows))

    def found(runs, tasks):
        rows = markers.ask(history.select_runs("etl", prefix="p", runs=runs, tasks=tasks))
        return [row["run_id"] for row in rows]

    assert found(3, 99) == ["r2", "r4", "r3", "r3", "r2"]
    assert found(9, 4) == ["r2", "r3", "r3", "r2"]
    assert found(9, 1) == ["r2", "r2"]
    assert [r["run_id"] for r in markers.ask(history.select_history("etl", prefix="p"))] == [
        *("r2", "r3", "r3", "r2", "r1"),
    ]


def test_a_query_with_a_hidden_second_statement_is_not_run(shop):
    evil = replace(DIMENSION, query="SELECT 1; DROP TABLE shop.users")

    with pytest.raises(Exception, match="more than one statement"):
        refresh.fill(evil, DIMENSION.name)
    assert len(rows(shop, USERS.name, "id")) == 3


def test_the_plan_of_a_query_is_shown_without_running_it(shop):
    assert shop.ask(refresh.explain(DIMENSION)) != []


def test_a_value_that_is_too_long_is_rejected_and_not_truncated(shop):
    with pytest.raises(psycopg2.Error, match="too long"):
        shop.ask(Statement("INSERT INTO shop.users VALUES (9, REPEAT('é', 21))"))


def test_the_newest_values_of_all_types_are_read_in_utc_whatever_the_zone_of_the_session(shop):
    shop.ask(Statement("CREATE TABLE shop.t (a date, b timestamp, c timestamptz)"))
    shop.ask(
        Statement(
            "INSERT INTO shop.t VALUES ('2026-11-20', '2026-11-21 01:02:03.9', NULL),"
            " ('2026-11-21', NULL, '2026-11-21 23:30:00-05')"
        )
    )
    shop.ask(Statement("CREATE TABLE shop.e (a timestamp)"))
    shop.ask(Statement("SET timezone TO 'America/New_York'"))
    where, empty = TableName("shop", "t"), TableName("shop", "e")
    columns = [(where, "a", "date"), (where, "b", "timestamp"), (where, "c", "timestamptz")]
    found = shop.ask(freshness.select_newest_values([*columns, (empty, "a", "timestamp")]))
    shop.new_session("admin")

    assert {row["place"]: row["newest"] for row in found} == {
        0: "2026-11-21 00:00:00",
        1: "2026-11-21 01:02:03",
        2: "2026-11-22 04:30:00",
        3: None,
    }
