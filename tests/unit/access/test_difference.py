from dataclasses import replace

import pytest

from pipeline.access.acl import Grant
from pipeline.access.current import CurrentState, DefaultGrant
from pipeline.access.desired import DesiredState, desired_state
from pipeline.access.difference import Planner, plan, plan_user
from pipeline.errors import ConfigError
from pipeline.names import TableName
from pipeline.procedures.inventory import own_tables
from pipeline.settings import DeclaredUser, Groups, Settings, Source, Storage, Warehouse
from pipeline.sql.access.privileges import PUBLIC, Grantee
from pipeline.sql.markers import check_results, history, loaded_files, marker
from pipeline.sql.markers.own_table import create_own_table
from tests.support.values.statements import texts
from tests.support.values.warehouse_samples import DESIRED, GROUPS

ETL, USERS = Grantee("group", "etl_rw"), Grantee("group", "analyst_ro")
EMPTY = CurrentState(
    database="dev",
    database_owner="admin",
    open_by_default=True,
    search_paths={"admin": ()},
    schema_owners={"public": "rdsdb"},
    schema_grants=frozenset({Grant("public", name, PUBLIC) for name in ("USAGE", "CREATE")}),
)
PASSWORDS = {"dw": "md5dw", "tom": "md5tom"}


def schema_done(name, owner="dw", *, readers=True):
    """Grants and default grants of a finished schema."""
    grants = {Grant(name, "USAGE", ETL), Grant(name, "CREATE", ETL)}
    promised = {
        DefaultGrant(owner, name, privilege, ETL)
        for privilege in ("SELECT", "INSERT", "UPDATE", "DELETE", "REFERENCES")
    }
    if readers:
        grants.add(Grant(name, "USAGE", USERS))
        promised.add(DefaultGrant(owner, name, "SELECT", USERS))
    return grants, promised


DONE_PARTS = [schema_done("dw"), schema_done("www"), schema_done("etl", readers=False)]
DONE = CurrentState(
    database="dev",
    database_owner="dw",
    groups=frozenset({"etl_rw", "analyst_ro"}),
    members=frozenset({("etl_rw", "dw")}),
    search_paths={"admin": (), "dw": ("dw", "www")},
    superusers=frozenset({"admin"}),
    schema_owners={"public": "rdsdb", "dw": "dw", "www": "dw", "etl": "dw"},
    database_grants=frozenset({Grant("dev", "TEMP", ETL)}),
    schema_grants=frozenset().union(*(grants for grants, _ in DONE_PARTS)),
    default_grants=frozenset().union(*(promised for _, promised in DONE_PARTS)),
    tables={
        own.name: frozenset(column.name for column in own.columns) for own in own_tables("etl")
    },
    table_grants=frozenset(
        Grant(str(own.name), privilege, ETL)
        for own in own_tables("etl")
        for privilege in ("SELECT", "INSERT", "UPDATE", "DELETE")
    ),
)


MARKERS, KEYS = (TableName("etl", name) for name in ("table_updates", "surrogate_keys"))
USERS_TABLE, MINE = (TableName("www", name) for name in ("users", "mine"))


def lacking(table, *columns):
    """The finished warehouse without some columns of one of the pipeline's own tables."""
    name = TableName("etl", table)
    return replace(DONE, tables={**DONE.tables, name: DONE.tables[name] - set(columns)})


def test_an_empty_warehouse_gets_everything_in_executable_order():
    statements = plan(DESIRED, EMPTY, PASSWORDS)
    results, failures = check_results.own_tables("etl")
    owned = [
        (
            f'CREATE SCHEMA "{schema}" AUTHORIZATION "dw"',
            f'GRANT ALL PRIVILEGES ON SCHEMA "{schema}" TO GROUP "etl_rw"',
            (
                f'ALTER DEFAULT PRIVILEGES FOR USER "dw" IN SCHEMA "{schema}"'
                ' GRANT ALL PRIVILEGES ON TABLES TO GROUP "etl_rw"'
            ),
        )
        for schema in ("dw", "www", "etl")
    ]
    readable = [
        (
            f'GRANT USAGE ON SCHEMA "{schema}" TO GROUP "analyst_ro"',
            (
                f'ALTER DEFAULT PRIVILEGES FOR USER "dw" IN SCHEMA "{schema}"'
                ' GRANT SELECT ON TABLES TO GROUP "analyst_ro"'
            ),
        )
        for schema in ("dw", "www")
    ]

    assert texts(statements) == [
        'CREATE GROUP "etl_rw"',
        'CREATE GROUP "analyst_ro"',
        'CREATE USER "dw" PASSWORD %(password)s IN GROUP "etl_rw"',
        'ALTER DATABASE "dev" OWNER TO "dw"',
        'REVOKE TEMP ON DATABASE "dev" FROM PUBLIC',
        'GRANT TEMP ON DATABASE "dev" TO GROUP "etl_rw"',
        'REVOKE ALL PRIVILEGES ON SCHEMA "public" FROM PUBLIC',
        *owned[0],
        *readable[0],
        *owned[1],
        *readable[1],
        *owned[2],
        create_own_table(marker.own_table("etl")).text.replace("\n", " "),
        'ALTER TABLE "etl"."table_updates" OWNER TO "dw"',
        'GRANT ALL PRIVILEGES ON TABLE "etl"."table_updates" TO GROUP "etl_rw"',
        create_own_table(history.own_table("etl")).text.replace("\n", " "),
        'ALTER TABLE "etl"."task_history" OWNER TO "dw"',
        'GRANT ALL PRIVILEGES ON TABLE "etl"."task_history" TO GROUP "etl_rw"',
        create_own_table(loaded_files.own_table("etl")).text.replace("\n", " "),
        'ALTER TABLE "etl"."loaded_files" OWNER TO "dw"',
        'GRANT ALL PRIVILEGES ON TABLE "etl"."loaded_files" TO GROUP "etl_rw"',
        create_own_table(results).text.replace("\n", " "),
        'ALTER TABLE "etl"."check_results" OWNER TO "dw"',
        'GRANT ALL PRIVILEGES ON TABLE "etl"."check_results" TO GROUP "etl_rw"',
        create_own_table(failures).text.replace("\n", " "),
        'ALTER TABLE "etl"."check_failures" OWNER TO "dw"',
        'GRANT ALL PRIVILEGES ON TABLE "etl"."check_failures" TO GROUP "etl_rw"',
        'ALTER USER "dw" SET search_path TO "dw", "www"',
    ]
    assert statements[2].parameters == {"password": "md5dw"}


def test_without_a_difference_there_is_no_statement():
    assert plan(DESIRED, DONE) == ()


def test_a_new_source_gets_a_schema_and_an_entry_in_the_search_path():
    more = replace(DESIRED, schemas=("dw", "www", "hyppo"))

    assert texts(plan(more, DONE)) == [
        'CREATE SCHEMA "hyppo" AUTHORIZATION "dw"',
        'GRANT ALL PRIVILEGES ON SCHEMA "hyppo" TO GROUP "etl_rw"',
        (
            'ALTER DEFAULT PRIVILEGES FOR USER "dw" IN SCHEMA "hyppo"'
            ' GRANT ALL PRIVILEGES ON TABLES TO GROUP "etl_rw"'
        ),
        'GRANT USAGE ON SCHEMA "hyppo" TO GROUP "analyst_ro"',
        (
            'ALTER DEFAULT PRIVILEGES FOR USER "dw" IN SCHEMA "hyppo"'
            ' GRANT SELECT ON TABLES TO GROUP "analyst_ro"'
        ),
        'ALTER USER "dw" SET search_path TO "dw", "www", "hyppo"',
    ]


def test_the_schema_of_a_removed_source_is_kept():
    fewer = replace(DESIRED, schemas=("dw",))

    assert texts(plan(fewer, DONE)) == ['ALTER USER "dw" SET search_path TO "dw"']


@pytest.mark.parametrize(
    ("current", "expected"),
    [
        (replace(DONE, database_owner="admin"), ['ALTER DATABASE "dev" OWNER TO "dw"']),
        (replace(DONE, members=frozenset()), ['ALTER GROUP "etl_rw" ADD USER "dw"']),
        (replace(DONE, groups=frozenset({"etl_rw"})), ['CREATE GROUP "analyst_ro"']),
        (
            replace(DONE, schema_owners={**DONE.schema_owners, "www": "admin"}),
            ['ALTER SCHEMA "www" OWNER TO "dw"'],
        ),
        (
            replace(DONE, database_grants=DONE.database_grants | {Grant("dev", "TEMP", PUBLIC)}),
            ['REVOKE TEMP ON DATABASE "dev" FROM PUBLIC'],
        ),
        (
            replace(DONE, database_grants=frozenset({Grant("other", "TEMP", ETL)})),
            ['GRANT TEMP ON DATABASE "dev" TO GROUP "etl_rw"'],
        ),
        (replace(DONE, open_by_default=True), ['REVOKE TEMP ON DATABASE "dev" FROM PUBLIC']),
        (
            replace(DONE, schema_grants=DONE.schema_grants - {Grant("www", "CREATE", ETL)}),
            ['GRANT ALL PRIVILEGES ON SCHEMA "www" TO GROUP "etl_rw"'],
        ),
        (
            replace(DONE, schema_grants=DONE.schema_grants - {Grant("www", "USAGE", USERS)}),
            ['GRANT USAGE ON SCHEMA "www" TO GROUP "analyst_ro"'],
        ),
        (
            replace(DONE, schema_grants=DONE.schema_grants | {Grant("public", "CREATE", PUBLIC)}),
            ['REVOKE ALL PRIVILEGES ON SCHEMA "public" FROM PUBLIC'],
        ),
        (
            replace(
                DONE,
                default_grants=DONE.default_grants - {DefaultGrant("dw", "www", "DELETE", ETL)},
            ),
            [
                (
                    'ALTER DEFAULT PRIVILEGES FOR USER "dw" IN SCHEMA "www"'
                    ' GRANT ALL PRIVILEGES ON TABLES TO GROUP "etl_rw"'
                )
            ],
        ),
        (
            lacking("table_updates", "object_id", "inserted_at"),
            [
                (
                    'ALTER TABLE "etl"."table_updates" ADD COLUMN "inserted_at" timestamp'
                    " DEFAULT '1970-01-01' NOT NULL"
                ),
                'ALTER TABLE "etl"."table_updates" ADD COLUMN "object_id" bigint',
            ],
        ),
        (
            lacking("task_history", "message"),
            ['ALTER TABLE "etl"."task_history" ADD COLUMN "message" varchar(4096)'],
        ),
        (
            replace(
                DONE, table_grants=DONE.table_grants - {Grant("etl.task_history", "INSERT", ETL)}
            ),
            ['GRANT ALL PRIVILEGES ON TABLE "etl"."task_history" TO GROUP "etl_rw"'],
        ),
        (
            replace(
                DONE,
                tables={**DONE.tables, KEYS: frozenset({"last_key"})},
                others={KEYS: "admin", TableName("etl", "more"): "ann"},
            ),
            [
                'ALTER TABLE "etl"."surrogate_keys" OWNER TO "dw"',
                'GRANT ALL PRIVILEGES ON TABLE "etl"."surrogate_keys" TO GROUP "etl_rw"',
            ],
        ),
        (
            replace(DONE, others={MARKERS: "admin", USERS_TABLE: "admin", MINE: "ann"}),
            ['ALTER TABLE "etl"."table_updates" OWNER TO "dw"'],
        ),
        (
            replace(DONE, others={MARKERS: "old", USERS_TABLE: "old", MINE: "ann"}),
            [
                'ALTER TABLE "www"."users" OWNER TO "dw"',
                'ALTER TABLE "etl"."table_updates" OWNER TO "dw"',
            ],
        ),
        (replace(DONE, others={USERS_TABLE: "old", MINE: "ann"}), []),
        (
            replace(
                DONE,
                schema_owners={**DONE.schema_owners, "www": "old"},
                others={USERS_TABLE: "old", MINE: "ann", TableName("dw", "copy"): "old"},
            ),
            ['ALTER SCHEMA "www" OWNER TO "dw"', 'ALTER TABLE "www"."users" OWNER TO "dw"'],
        ),
        (
            replace(DONE, search_paths={"dw": ("www", "dw")}),
            ['ALTER USER "dw" SET search_path TO "dw", "www"'],
        ),
    ],
)
def test_each_difference_is_fixed_alone(current, expected):
    assert texts(plan(DESIRED, current)) == expected


def without_schema(name):
    """The finished warehouse after a schema was dropped."""
    return replace(
        DONE,
        schema_owners={each: who for each, who in DONE.schema_owners.items() if each != name},
        schema_grants=frozenset(grant for grant in DONE.schema_grants if grant.on != name),
        default_grants=frozenset(each for each in DONE.default_grants if each.schema != name),
        tables={each: found for each, found in DONE.tables.items() if each.schema != name},
        table_grants=frozenset(each for each in DONE.table_grants if name not in each.on),
    )


@pytest.mark.parametrize(
    ("current", "expected"),
    [
        (DONE, True),
        (lacking("table_updates", "object_id"), True),
        (replace(DONE, tables={}, table_grants=frozenset()), True),
        (replace(DONE, table_grants=frozenset()), True),
        (replace(DONE, others={MARKERS: "admin"}), False),
        (without_schema("www"), True),
        (without_schema("etl"), True),
        (EMPTY, False),
        (replace(without_schema("www"), database_owner="admin"), False),
        (replace(without_schema("www"), search_paths={"dw": ("dw",)}), False),
        (replace(DONE, schema_owners={**DONE.schema_owners, "www": "admin"}), False),
        (replace(DONE, default_grants=frozenset()), False),
        (replace(DONE, groups=frozenset({"etl_rw"})), False),
    ],
)
def test_the_owner_creates_missing_schemas_and_columns_without_the_administrator(
    current, expected
):
    assert Planner(DESIRED, current, PASSWORDS).owner_suffices() is expected


def test_a_user_with_the_name_of_a_group_does_not_hold_its_privileges():
    named_alike = frozenset(
        Grant(grant.on, grant.privilege, Grantee("user", grant.grantee.name))
        for grant in DONE.schema_grants
    )

    assert len(plan(DESIRED, replace(DONE, schema_grants=named_alike))) == 5


def test_the_owner_is_never_created_without_a_password():
    with pytest.raises(ConfigError, match="there is no password to create it with"):
        plan(DESIRED, EMPTY)


def test_with_skip_user_creation_a_missing_owner_is_an_error_and_an_existing_one_stays_unchanged():
    careful = replace(DESIRED, create_users=False, users=(DeclaredUser("tom"),))

    with pytest.raises(ConfigError, match="the group 'etl_rw' does not exist, and skip_user_cr"):
        plan(careful, EMPTY, PASSWORDS)
    with pytest.raises(ConfigError, match="the owner 'dw' does not exist, and skip_user_cr"):
        plan(careful, replace(EMPTY, groups=DONE.groups), PASSWORDS)
    assert plan(careful, replace(DONE, members=frozenset(), search_paths={"dw": ()})) == ()


def test_a_new_user_of_the_configuration_gets_groups_schema_and_search_path():
    tom = DeclaredUser("tom", etl=True, schema=True)
    statements = plan(replace(DESIRED, users=(tom,)), DONE, PASSWORDS)

    assert texts(statements) == [
        'CREATE USER "tom" PASSWORD %(password)s IN GROUP "analyst_ro", "etl_rw"',
        'CREATE SCHEMA "tom" AUTHORIZATION "tom"',
        'GRANT USAGE ON SCHEMA "tom" TO GROUP "etl_rw"',
        'GRANT USAGE ON SCHEMA "tom" TO GROUP "analyst_ro"',
        'ALTER USER "tom" SET search_path TO \'$user\', "dw", "www"',
    ]
    assert statements[0].parameters == {"password": "md5tom"}


TOM = replace(
    DONE,
    members=DONE.members | {("analyst_ro", "tom")},
    search_paths={**DONE.search_paths, "tom": ("$user", "dw", "www")},
)


@pytest.mark.parametrize(
    ("user", "password", "expected"),
    [
        (DeclaredUser("tom"), None, []),
        (DeclaredUser("tom"), "md5new", ['ALTER USER "tom" PASSWORD %(password)s']),
        (DeclaredUser("tom", etl=True), None, ['ALTER GROUP "etl_rw" ADD USER "tom"']),
        (
            DeclaredUser("ann"),
            None,
            [
                'CREATE USER "ann" PASSWORD DISABLE IN GROUP "analyst_ro"',
                'ALTER USER "ann" SET search_path TO \'$user\', "dw", "www"',
            ],
        ),
        (
            DeclaredUser("ann"),
            "md5new",
            [
                'CREATE USER "ann" PASSWORD %(password)s IN GROUP "analyst_ro"',
                'ALTER USER "ann" SET search_path TO \'$user\', "dw", "www"',
            ],
        ),
    ],
)
def test_one_user_is_created_or_brought_up_to_date(user, password, expected):
    assert texts(plan_user(DESIRED, TOM, user, password)) == expected


def test_a_schema_that_another_user_owns_is_refused():
    with pytest.raises(ConfigError, match="the schema 'www' exists and belongs to 'dw'"):
        plan_user(DESIRED, TOM, DeclaredUser("www", schema=True))


def test_no_password_shows_in_a_plan():
    shown = repr(plan(DESIRED, EMPTY, PASSWORDS)) + repr(
        plan_user(DESIRED, TOM, DeclaredUser("tom"), "md5x")
    )

    assert "md5" not in shown


def test_the_desired_state_has_each_schema_of_the_settings_once():
    settings = Settings(
        storage=Storage("bucket", "prefix"),
        sources=(Source("dw"), Source("www", "X"), Source("www", "Y")),
        warehouse=Warehouse(groups=GROUPS, users=(DeclaredUser("tom"),), marker_schema="dw"),
    )

    assert desired_state(settings) == DesiredState(
        "dw", GROUPS, ("dw", "www"), "dw", (DeclaredUser("tom"),), create_users=True
    )


def test_the_desired_state_has_no_users_with_skip_user_creation():
    warehouse = Warehouse(users=(DeclaredUser("tom"),), skip_user_creation=True)
    settings = Settings(
        storage=Storage("bucket", "prefix"), sources=(Source("dw"),), warehouse=warehouse
    )

    assert desired_state(settings) == DesiredState(
        "dw", Groups(), ("dw",), "etl", create_users=False
    )


def test_markers_may_live_in_a_schema_of_a_source():
    tables = {TableName("dw", name.table): columns for name, columns in DONE.tables.items()}
    grants = {replace(each, on=each.on.replace("etl.", "dw.")) for each in DONE.table_grants}
    there = replace(DONE, tables=tables, table_grants=frozenset(grants))

    assert plan(replace(DESIRED, marker_schema="dw"), there) == ()
