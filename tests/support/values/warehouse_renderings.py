"""Statements of every renderer of the package, for the tests that examine all of them."""

import datetime as dt
from dataclasses import replace

from pipeline.designs.cases.model import Sql
from pipeline.designs.model.checks import SumEquals
from pipeline.designs.model.design import (
    Attributes,
    Column,
    Constraints,
    ExtractSettings,
    ForeignKey,
)
from pipeline.designs.model.incremental import Incremental
from pipeline.manifest import FileFormat
from pipeline.names import TableName
from pipeline.sql.access import catalog as access
from pipeline.sql.access import privileges, users
from pipeline.sql.access.privileges import PUBLIC, Grantee, Routine
from pipeline.sql.catalog import health, inventory, relations, sessions
from pipeline.sql.catalog import tables as catalog
from pipeline.sql.markers import check_results, content, history, loaded_files, marker, own_table
from pipeline.sql.markers import surrogate_keys as last_keys
from pipeline.sql.tables import (
    cases,
    checks,
    copy,
    data_checks,
    ddl,
    difference,
    freshness,
    incremental,
    inspect,
    publish,
    refresh,
    surrogate_keys,
)
from pipeline.sql.tables.checks import Key
from tests.support.values.warehouse_samples import (
    CHECKED,
    DATE,
    DAY,
    DIM_USER,
    GROUPS,
    HOSTILE,
    HOUR,
    MANIFEST,
    MARKER,
    MOMENT,
    ORDERS,
    RECENT,
    RESULT,
    RUN,
    WRONG,
)

NAME = TableName("www", "orders")
ETL, TOM = Grantee("group", "etl_rw"), Grantee("user", "tom")
KEY = ForeignKey(("user_id", "b"), TableName("www", "users"), ("id", "b"))
KEYS = copy.AccessKeys("key", "secret", "token")
EVERY_TYPE = replace(
    DIM_USER,
    columns=(
        Column("k", "bigint", identity=True, encoding="raw"),
        *(
            Column(f"c{number}", sql_type, not_null=True)
            for number, sql_type in enumerate(
                (
                    "smallint", "integer", "bigint", "numeric(38,37)", "real", "double precision",
                    "boolean", "char(3)", "varchar(max)", "date", "timestamp", "timestamptz",
                    "time", "timetz", "super", "varbyte(9)",
                )
            )
        ),
    ),
    constraints=Constraints(surrogate_key=("k",)),
)  # fmt: skip

NULLABLE = replace(
    DIM_USER, constraints=Constraints(surrogate_key=("user_key",), natural_key=("user_id", "city"))
)
"""A dimension whose natural key may hold NULL."""

DELTA = TableName("www", "etl_stage_0a1b2c3d_orders")
WINDOW = replace(
    ORDERS, extract=ExtractSettings(incremental=Incremental("total", window=dt.timedelta(days=3)))
)
KEY_TABLE = TableName("www", "etl_keys_0a1b2c3d_orders")

FOLLOWED = replace(ORDERS, extract=ExtractSettings(incremental=Incremental("total")))
NEW_ROWS = data_checks.rows_of(ORDERS, DELTA)
MERGED = data_checks.Rows.of_query(incremental.select_merged(WINDOW, DELTA, since="2026-11-21"))
SCANNED = [each for each in CHECKED.checks if isinstance(each.rule, data_checks.AGGREGATED)]

RENDERED = {
    ddl.create_table: [
        ddl.create_table(ORDERS),
        ddl.create_table(DIM_USER),
        ddl.create_table(HOSTILE),
        ddl.create_table(EVERY_TYPE),
        ddl.create_table(DIM_USER, first_key=3_000_000_000),
        *(
            ddl.create_table(replace(ORDERS, attributes=attributes), foreign_keys=False)
            for attributes in (
                Attributes(),
                Attributes(distribution="auto", compound_sort="auto"),
                Attributes(distribution="even", interleaved_sort=("id", "status")),
                Attributes(interleaved_sort=("id",)),
            )
        ),
    ],
    difference.difference: [
        difference.difference(design, TableName("www", "expected"))
        for design in (ORDERS, HOSTILE, EVERY_TYPE)
    ],
    incremental.count_rows: [incremental.count_rows(NAME)],
    incremental.existing_keys: [incremental.existing_keys(ORDERS, DELTA, ("user_id", "status"))],
    incremental.compare_keys: [incremental.compare_keys(ORDERS, DELTA, KEY_TABLE)],
    incremental.delete_replaced: [incremental.delete_replaced(ORDERS, DELTA)],
    incremental.delete_gone: [incremental.delete_gone(ORDERS, KEY_TABLE)],
    incremental.delete_window: [incremental.delete_window(WINDOW, "2026-11-21")],
    incremental.count_window: [incremental.count_window(WINDOW, "2026-11-21")],
    incremental.count_repeated: [
        incremental.count_repeated(ORDERS, Key(("user_id", "status"), primary=False), DELTA)
    ],
    incremental.select_merged: [
        incremental.select_merged(FOLLOWED, DELTA),
        incremental.select_merged(FOLLOWED, DELTA, KEY_TABLE),
        incremental.select_merged(WINDOW, DELTA, since="2026-11-21"),
        incremental.select_merged(ORDERS, DELTA),
    ],
    data_checks.select_given_rows: [data_checks.select_given_rows(DIM_USER, NAME)],
    data_checks.aggregates: [
        data_checks.aggregates(CHECKED, rows, SCANNED) for rows in (NEW_ROWS, MERGED)
    ],
    data_checks.count_wrong: [
        data_checks.count_wrong(CHECKED, rows, check)
        for rows in (NEW_ROWS, MERGED)
        for check in CHECKED.checks
        if check not in SCANNED
    ],
    data_checks.expected_sum: [
        data_checks.expected_sum(rows, check)
        for rows in (NEW_ROWS, MERGED)
        for check in CHECKED.checks
        if isinstance(check.rule, SumEquals)
    ],
    data_checks.wrong_rows: [
        statement
        for rows in (NEW_ROWS, MERGED)
        for check in CHECKED.checks
        if (statement := data_checks.wrong_rows(CHECKED, rows, check, ("id", "status")))
    ],
    check_results.insert_check_results: [
        check_results.insert_check_results("etl", [RESULT, RESULT])
    ],
    check_results.insert_wrong_rows: [check_results.insert_wrong_rows("etl", [WRONG, WRONG])],
    check_results.select_latest_results: [check_results.select_latest_results("etl", prefix="p")],
    check_results.count_older: [check_results.count_older(NAME, MOMENT)],
    check_results.delete_older: [check_results.delete_older(NAME, MOMENT)],
    difference.examples: [difference.examples(ORDERS, TableName("www", "expected"))],
    freshness.select_newest_values: [
        freshness.select_newest_values(
            [(NAME, "a b", kind) for kind in ("date", "timestamp", "timestamptz")]
        )
    ],
    ddl.drop_table: [ddl.drop_table(NAME), ddl.drop_table(NAME, if_exists=True)],
    ddl.rename_table: [ddl.rename_table(NAME, "etl_old_0a1b2c3d_orders")],
    ddl.drop_column: [ddl.drop_column(NAME, "a b")],
    ddl.add_foreign_key: [
        ddl.add_foreign_key(NAME, KEY),
        ddl.add_foreign_key(NAME, KEY, "f"),
    ],
    ddl.add_key: [
        ddl.add_key(NAME, ("id", "b"), primary=True),
        ddl.add_key(NAME, ("total",), primary=False),
    ],
    ddl.drop_constraint: [ddl.drop_constraint(NAME, "f")],
    ddl.create_view: [ddl.create_view(RECENT)],
    ddl.drop_view: [ddl.drop_view(NAME)],
    ddl.comment_on: [*ddl.comment_on(ORDERS), *ddl.comment_on(replace(RECENT, description="x"))],
    ddl.create_schema: [ddl.create_schema("www", owner="dw")],
    ddl.alter_owner: [ddl.alter_owner(NAME, "dw")],
    publish.delete_all: [publish.delete_all(NAME)],
    publish.insert_from_staging_table: [publish.insert_from_staging_table(DIM_USER, NAME)],
    publish.count_nulls: [publish.count_nulls(NAME, ("id", "total"))],
    publish.analyze: [publish.analyze(NAME)],
    publish.grants: [*publish.grants(NAME, GROUPS)],
    copy.copy_from_s3: [
        copy.copy_from_s3(
            ORDERS,
            NAME,
            replace(MANIFEST, compression=compression),
            manifest_url="s3://b/m",
            authorization=authorization,
            region=region,
        )
        for authorization in (copy.IamRole("arn"), copy.IamRole("default"), KEYS)
        for region in (None, "eu-west-1")
        for compression in ("zstd", "gzip")
    ]
    + [
        copy.copy_from_s3(
            ORDERS,
            NAME,
            replace(MANIFEST, files=FileFormat(type="parquet")),
            manifest_url="s3://b/m",
            authorization=copy.IamRole("arn"),
        )
    ],
    copy.with_statistics: [
        copy.with_statistics(
            copy.copy_from_s3(
                ORDERS, NAME, MANIFEST, manifest_url="s3://b/m", authorization=copy.IamRole("arn")
            )
        )
    ],
    copy.copied_rows: [copy.copied_rows()],
    copy.progress: [copy.progress(1, 5000)],
    copy.load_errors: [
        copy.load_errors(view, 1, 5000) for view in ("stl_load_errors", "sys_load_error_detail")
    ],
    own_table.create_own_table: [
        *(
            own_table.create_own_table(each.own_table("etl"))
            for each in (marker, history, loaded_files)
        ),
        *map(own_table.create_own_table, check_results.own_tables("etl")),
    ],
    own_table.add_missing_columns: [
        *own_table.add_missing_columns(marker.own_table("etl"), ()),
        *own_table.add_missing_columns(history.own_table("etl"), ()),
    ],
    own_table.add_column: [
        own_table.add_column(NAME, own_table.OwnColumn("a b", "bigint")),
        own_table.add_column(NAME, own_table.OwnColumn("a", "timestamp", required=True)),
    ],
    loaded_files.select_loaded_files: [loaded_files.select_loaded_files("etl", NAME)],
    loaded_files.count_loaded_files: [loaded_files.count_loaded_files("etl", NAME)],
    loaded_files.delete_loaded_files: [loaded_files.delete_loaded_files("etl", [NAME])],
    loaded_files.insert_loaded_files: [
        loaded_files.insert_loaded_files(
            "etl", 2 * [loaded_files.LoadedFile(str(NAME), "s3://b/k", "e", 7, "u", MOMENT)]
        )
    ],
    marker.lock_markers: [marker.lock_markers("etl")],
    marker.delete_marker: [
        marker.delete_marker("etl", MARKER),
        marker.delete_marker("etl", replace(MARKER, run_date=HOUR)),
        marker.delete_marker("etl", replace(MARKER, target_table=None, run_date=None)),
    ],
    marker.insert_marker: [marker.insert_marker("etl", MARKER)],
    marker.select_marker: [marker.select_marker("etl", "x")],
    marker.select_markers: [
        marker.select_markers("etl", prefix="p"),
        marker.select_markers("etl", prefix="p", run_date=DATE),
        marker.select_markers("etl", prefix="p", run_date=HOUR),
    ],
    marker.select_newest: [marker.select_newest("etl", prefix="p")],
    marker.select_elsewhere: [marker.select_elsewhere("etl", prefix="p")],
    marker.select_sizes: [marker.select_sizes("etl", prefix="p", since=DAY)],
    content.select_contents: [
        content.select_contents("etl", [NAME, TableName("a", "b")]),
        content.select_contents("etl", [NAME], checks=True),
    ],
    content.assert_contents: [
        content.assert_contents("etl", [NAME], []),
        content.assert_contents("etl", [NAME], [("a", MOMENT, None), ("b", MOMENT, "7")]),
    ],
    content.delete_replaced: [
        content.delete_replaced("etl", MARKER),
        content.delete_replaced("etl", replace(MARKER, run_date=HOUR)),
    ],
    content.delete_contents: [content.delete_contents("etl", [NAME])],
    content.disprove_contents: [
        content.disprove_contents("etl", prefix="p", tables=[NAME]),
        content.disprove_contents("etl", prefix="p", tables=[NAME], run_date=HOUR),
    ],
    content.withdraw_positions: [
        content.withdraw_positions("etl", [NAME], "forgotten"),
        content.withdraw_positions("etl", [NAME], "keys did not match", "p/CopyTable/1"),
    ],
    health.server: [health.server()],
    health.is_superuser: [health.is_superuser()],
    sessions.statements: [sessions.statements(4711)],
    sessions.lock_wait: [sessions.lock_wait(4711)],
    inspect.select_rows: [inspect.select_rows(ORDERS, 10), inspect.select_rows(HOSTILE, 1)],
    cases.insert_given: [
        cases.insert_given(DIM_USER, ({"email": "x"}, {"user_id": Sql("1 + 1")})),
        cases.insert_given(EVERY_TYPE, ({"c14": "{}"}, {})),
        cases.insert_given(HOSTILE, ({'a"b': "50%"},)),
    ],
    cases.select_expected: [
        cases.select_expected(DIM_USER, NAME, ("user_id", "city"), ({"user_id": "1"}, {})),
        cases.select_expected(HOSTILE, NAME, ("%(a)s",), ({"%(a)s": Sql("1 % 2")},)),
    ],
    cases.select_returned: [
        cases.select_returned(DIM_USER, NAME, ("user_id", "city")),
        cases.select_returned(RECENT, RECENT.name, ("id",)),
    ],
    cases.delete_all_of: [cases.delete_all_of([NAME, NAME])],
    cases.create_own_schema: [cases.create_own_schema("etl_test_1a2b3c4d_www")],
    cases.rename_schema: [cases.rename_schema("www", "etl_test_1a2b3c4d_www")],
    cases.select_schemas: [cases.select_schemas()],
    inspect.create_empty: [inspect.create_empty(DIM_USER, "draft_1")],
    inspect.query_columns: [inspect.query_columns("draft_1")],
    marker.select_forgotten: [
        marker.select_forgotten("etl", prefix="p", tables=[NAME], run_date=DATE)
    ],
    marker.forget: [
        marker.forget("etl", prefix="p", tables=[NAME]),
        marker.forget("etl", prefix="p", tables=[NAME, TableName("a", "b")], run_date=DATE),
        marker.forget("etl", prefix="p", tables=[NAME], run_date=HOUR),
    ],
    history.insert_history: [
        history.insert_history("etl", [RUN, RUN]),
        history.insert_history("etl", [RUN, replace(RUN, run_date=HOUR)]),
        history.insert_history("etl", [RUN], earlier=True),
    ],
    history.select_history: [history.select_history("etl", prefix="p")],
    history.select_runs: [history.select_runs("etl", prefix="p", runs=3, tasks=9)],
    history.select_latest: [history.select_latest("etl", prefix="p")],
    history.select_recent: [history.select_recent("etl", prefix="p", tasks=["CopyTable"])],
    last_keys.create_key_table: [last_keys.create_key_table("etl")],
    last_keys.select_last_key: [last_keys.select_last_key("etl", NAME)],
    last_keys.delete_last_key: [last_keys.delete_last_key("etl", NAME)],
    last_keys.insert_last_key: [
        last_keys.insert_last_key("etl", last_keys.LastKey("www.orders", 7, "orders$next$1"))
    ],
    inventory.inventory: [inventory.inventory(("www", "etl"), [marker.marker_table("etl")])],
    inventory.filled_tables: [inventory.filled_tables(("www", "dw"))],
    inventory.protected_tables: [*inventory.protected_tables(("www", "dw"))],
    relations.relation_kind: [relations.relation_kind(NAME)],
    relations.relation_states: [
        relations.relation_states(NAME, TableName("www", "etl_stage_1_orders"))
    ],
    catalog.explain_reading: [
        catalog.explain_reading(NAME),
        catalog.explain_reading(TableName("sales", "public.orders")),
    ],
    catalog.table_columns: [catalog.table_columns(NAME)],
    catalog.staging_tables: [catalog.staging_tables(("www", "dw"))],
    catalog.bound_views: [catalog.bound_views(NAME)],
    catalog.referencing_foreign_keys: [catalog.referencing_foreign_keys(NAME)],
    catalog.own_foreign_keys: [catalog.own_foreign_keys(NAME)],
    catalog.named_keys: [catalog.named_keys(NAME)],
    checks.counts: [
        checks.counts(ORDERS, NAME),
        checks.counts(
            ORDERS, NAME, (Key(("id", "b"), primary=True), Key(("total",), primary=False))
        ),
    ],
    checks.duplicates: [
        checks.duplicates(NAME, Key(("id", "b"), primary=True)),
        checks.duplicates(NAME, Key(("id", "b"), primary=False)),
        checks.duplicates(NAME, Key(("id", "b"), primary=False, surrogate="k", identifies=True)),
    ],
    refresh.fill: [*refresh.fill(DIM_USER, NAME)],
    refresh.insert_from_query: [refresh.insert_from_query(DIM_USER, NAME)],
    refresh.select_query_rows: [refresh.select_query_rows(RECENT)],
    refresh.insert_key_zero: [refresh.insert_key_zero(EVERY_TYPE, NAME)],
    refresh.explain: [refresh.explain(DIM_USER)],
    surrogate_keys.select_largest_key: [surrogate_keys.select_largest_key(DIM_USER)],
    surrogate_keys.select_generated_keys: [surrogate_keys.select_generated_keys(DIM_USER, NAME)],
    surrogate_keys.insert_unknown_rows: [
        surrogate_keys.insert_unknown_rows(DIM_USER, NAME, NAME),
        surrogate_keys.insert_unknown_rows(NULLABLE, NAME, NAME),
    ],
    surrogate_keys.insert_known_rows: [surrogate_keys.insert_known_rows(DIM_USER, NAME, NAME)],
    surrogate_keys.insert_row_zero: [surrogate_keys.insert_row_zero(DIM_USER, NAME, NAME)],
    users.create_group: [users.create_group("etl_rw")],
    users.create_user: [
        users.create_user("tom", "md5x", ("a", "b")),
        users.create_user("tom", None, ()),
    ],
    users.alter_password: [users.alter_password("tom", "md5x")],
    users.alter_search_path: [users.alter_search_path("tom", ("dw",))],
    users.add_to_group: [users.add_to_group("etl_rw", "tom")],
    users.remove_from_group: [users.remove_from_group("etl_rw", "tom")],
    users.drop_user: [users.drop_user("tom")],
    privileges.alter_database_owner: [privileges.alter_database_owner("dev", "dw")],
    privileges.alter_schema_owner: [privileges.alter_schema_owner("www", "dw")],
    privileges.grant_temp: [privileges.grant_temp("dev", ETL)],
    privileges.revoke_temp: [privileges.revoke_temp("dev", PUBLIC)],
    privileges.revoke_database: [privileges.revoke_database("dev", TOM)],
    privileges.grant_schema: [privileges.grant_schema("www", ETL)],
    privileges.grant_usage: [privileges.grant_usage("www", TOM)],
    privileges.revoke_schema: [privileges.revoke_schema("public", PUBLIC)],
    privileges.grant_table: [privileges.grant_table(NAME, ETL)],
    privileges.grant_select: [privileges.grant_select(NAME, ETL)],
    privileges.grant_some: [
        privileges.grant_some(NAME, ("SELECT", "UPDATE"), ETL),
        privileges.grant_some(NAME, ("SELECT",), Grantee("user", "tom"), grant_option=True),
    ],
    privileges.revoke_table: [privileges.revoke_table(NAME, TOM)],
    privileges.revoke_columns: [privileges.revoke_columns(NAME, ("id", 'na "me'), TOM)],
    privileges.revoke_routine: [
        privileges.revoke_routine(Routine("FUNCTION", "www", "f", "integer"), TOM)
    ],
    privileges.default_grant_all: [privileges.default_grant_all("dw", "www", ETL)],
    privileges.default_grant_select: [privileges.default_grant_select("dw", "www", ETL)],
    privileges.default_revoke: [
        privileges.default_revoke("dw", "www", TOM),
        privileges.default_revoke("dw", None, ETL, "FUNCTIONS"),
    ],
    access.select_current_state: [*access.select_current_state("etl", ("www",), "dw").values()],
    access.select_holdings: [*access.select_holdings("tom").values()],
}
