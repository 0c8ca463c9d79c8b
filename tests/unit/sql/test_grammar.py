"""Every statement is valid in sqlfluff's grammar of Redshift, which finds misspelled words.

Values are filled in as harmless literals.
"""

import datetime as dt
import importlib
import inspect
import os
import pkgutil
import re
import subprocess
import sys

import pytest
from sqlfluff.core import Linter

import pipeline.access
import pipeline.sql
from pipeline.sql.access import users
from pipeline.sql.statement import Statement
from pipeline.sql.tables import ddl
from tests.support.paths import ROOT
from tests.support.values.warehouse_renderings import RENDERED
from tests.support.values.warehouse_samples import ORDERS

UPSTREAM = "pipeline.sql.upstream."
"""The package whose statements run on PostgreSQL, not on Redshift."""

NOT_RENDERERS = {"plan", "plan_user", "plan_create", "plan_update", "plan_drop", "together"}
"""Functions that combine the statements of renderers."""


@pytest.fixture(scope="module")
def linter():
    return Linter(dialect="redshift")


def literal(value):
    match value:
        case None:
            return "NULL"
        case int() | float():
            return str(value)
        case dt.datetime():
            return "CAST('2026-11-22 03:04:05' AS timestamp)"
        case dt.date():
            return "CAST('2026-11-22' AS date)"
        case tuple():
            return f"({', '.join(map(literal, value))})"
        case _:
            return "'value'"


def filled(statement):
    return statement.template % {
        name: literal(value) for name, value in statement.parameters.items()
    }


def faults(linter, text):
    return [str(each) for each in linter.parse_string(text).violations]


@pytest.mark.parametrize(
    "statement",
    [
        pytest.param(
            statement, id=f"{render.__module__.rpartition('.')[2]}.{render.__name__}-{number}"
        )
        for render, statements in RENDERED.items()
        for number, statement in enumerate(statements)
    ],
)
def test_the_statement_is_valid_redshift_sql(linter, statement):
    assert faults(linter, filled(statement)) == []


def test_a_search_path_of_several_schemas_is_valid_in_set(linter):
    """The grammar knows such lists for SET, but not for ALTER USER, where AWS has them too."""
    text = users.alter_search_path("tom", ("$user", "dw", "www")).text

    assert faults(linter, text.removeprefix('ALTER USER "tom"\n')) == []


def test_a_misspelled_word_is_found(linter):
    text = ddl.create_table(ORDERS).text

    for wrong in ("DISTKEY", "DISTSTYLE KEY", "COMPOUND SORTKEY", "ENCODE"):
        assert faults(linter, text.replace(wrong, wrong[:-1]))


def renderers():
    """Yield every public function of the package that returns statements for the warehouse."""
    packages = (pipeline.sql, pipeline.access)
    for module in (
        m for p in packages for m in pkgutil.walk_packages(p.__path__, f"{p.__name__}.")
    ):
        if module.name.startswith(UPSTREAM):
            continue
        loaded = importlib.import_module(module.name)
        for name, function in inspect.getmembers(loaded, inspect.isfunction):
            returns = str(function.__annotations__.get("return", ""))
            if (
                function.__module__ == loaded.__name__
                and not name.startswith("_")
                and re.search(rf"\b{Statement.__name__}\b", returns)
            ):
                yield function


def test_every_renderer_has_an_entry():
    missing = {each.__name__ for each in renderers() if each not in RENDERED}

    assert missing == NOT_RENDERERS


PRINT_ALL = """
from tests.support.values.warehouse_renderings import RENDERED
for statements in RENDERED.values():
    for statement in statements:
        print(statement.text, sorted(statement.parameters.items()))
"""


def test_the_same_values_give_the_same_text_byte_for_byte_in_every_process():
    here = str(ROOT)
    printed = {
        subprocess.run(
            [sys.executable, "-c", PRINT_ALL],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": here},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2", "3")
    }

    assert len(printed) == 1
    assert b"CREATE TABLE" in printed.pop()
