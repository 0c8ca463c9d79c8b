"""psql: its commands that describe objects, of the version that the local stack has."""

import os

import pytest

from pipeline.local.postgres.binaries import find_binaries
from tests.support.processes import run


@pytest.fixture(scope="module")
def psql(place):
    """Run psql's commands in one session; return what it prints."""

    def describe(*commands):
        login = place.login
        words = [
            *(find_binaries().path("psql"), "-X", "-h", login["host"], "-p", str(login["port"])),
            *("-U", login["user"], place.emulator.database),
            *(word for command in commands for word in ("-c", command)),
        ]
        done = run(words, env={**os.environ, "PGPASSWORD": login["password"]})
        return done.stdout, done.stderr

    return describe


def test_commands_that_describe_objects(psql, place):
    schema = place.schema
    lists = (f"\\dt {schema}.*", f"\\dv {schema}.*", f"\\di {schema}.*", "\\dn", "\\d", "\\dT")
    tables = (f"\\d {schema}.parent", f"\\d {schema}.child", f"\\d {schema}.bound")
    output, errors = psql(f"SET search_path TO {schema}", *lists, *tables)
    assert errors == ""
    for shown in (
        "character varying(20)",
        '"parent_pkey" PRIMARY KEY, btree (id)',
        "REFERENCES parent(id)",
        "not null",
        "| bound ",
        "| child_n_key ",
    ):
        assert shown in output, output


def test_rule_4_long_names(psql, place):
    name = "a_table_of_a_warehouse_" * 4
    create = f"CREATE TABLE {place.schema}.{name} (key_of_{name} int PRIMARY KEY)"
    view = f"CREATE VIEW {place.schema}.v_{name} AS SELECT * FROM {place.schema}.{name}"
    output, errors = psql(create, view, f"\\d {place.schema}.{name}", f"\\dv *.v_{name}")
    assert errors == ""
    for shown in (f'Table "{place.schema}.{name}"', f" key_of_{name} |", f"(key_of_{name})"):
        assert shown in output, output
    assert f"| v_{name} |" in output


def test_commands_that_no_cluster_answers_to_a_psql_this_new_are_refused(psql):
    """Since its version 15, psql expects what PostgreSQL 9.2 has."""
    _, errors = psql("\\df", "\\l", "\\du")
    assert errors.splitlines() == [
        "ERROR:  function pg_get_function_result() does not exist",
        "HINT:  The emulator supports the functions in docs/emulator/README.md.",
        'ERROR:  type "e" does not exist',
        'ERROR:  relation "pg_catalog.pg_roles" does not exist',
        "HINT:  The emulator supports the system tables in docs/emulator/README.md.",
    ]
