"""Tables whatever their names are upstream: designed, compared, dumped and loaded, or refused."""

import pytest

from tests.support.projects.warehouse import DATE, Project, change_configuration, configure

LONGEST = "recurring_transaction_rules_invoice_custom_sections_of_all_year"
CYRILLIC = "таблица_" * 4

LOADED = {
    "fine": "fine",
    LONGEST: LONGEST,
    CYRILLIC[:31]: CYRILLIC[:31],
    "#tmp": "_tmp",
    "orders$old": "orders$old",
    "orders": "orders",
    "price list ": "price list",
    " leading": " leading",
    "bad\nname": "bad_name",
    'it\'s 100%s "of" a/b\\c.d-e': 'it\'s 100%s "of" a/b\\c.d-e',
    "caf\u00e9": "caf\u00e9",
    "cafe\u0301": "cafe\u0301",
    "Twin": "twin_2",
    "twin": "twin",
    " ": "_",
}
"""The names in the warehouse by those upstream."""

TOO_LONG = "а" * 31
RESERVED = "etl_stage_1a2b3c4d_orders"


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


@pytest.fixture
def named(new_project) -> Project:
    """A project without designs, whose tables have columns with odd names, too."""
    script = "".join(
        f'CREATE TABLE {quoted(name)} (id int PRIMARY KEY, "new\nline " text, "#" int);'
        f"INSERT INTO {quoted(name)} VALUES ({number}, 'x', 1), ({number + 1}, NULL, NULL);"
        for number, name in enumerate([*LOADED, TOO_LONG, RESERVED])
    )
    script += f"CREATE SCHEMA {TOO_LONG}; ALTER TABLE {TOO_LONG} SET SCHEMA {TOO_LONG};"
    project = new_project(script, designs={})
    project.src = project.src.replace("_", "-")
    configure(project)
    change_configuration(project, lambda raw: raw["sources"][0].update(include_tables=["*.*"]))
    return project


def check_rows(project: Project) -> None:
    for number, name in enumerate(LOADED.values()):
        text = f'SELECT id, new_line, _ FROM "{{src}}".{quoted(name)} ORDER BY id'
        assert project.rows(text) == [(number, "x", 1), (number + 1, None, None)], name


def test_an_odd_name_stops_its_own_table_alone(named):
    designed = named.pipeline("design", code=3)

    for refused in (TOO_LONG, RESERVED):
        assert f"{refused}" in designed.err
    assert "would have a file name of 3" in designed.err
    assert f"'{RESERVED}' is reserved for a table that is being loaded" in designed.err
    assert len(designed.err.strip().splitlines()) == 2
    assert f"{len(LOADED)} written, 2 refused." in designed.out
    named.pipeline("validate")
    named.luigi("BootstrapWarehouse")
    named.rows('CREATE TABLE "{src}"."fine$old" (id integer)')  # somebody's own table

    named.luigi("LoadAll")
    check_rows(named)
    # What interrupted loads left behind; an earlier release named the first.
    for leftover in ("fine$next$0badcafe", "etl_stage_0badcafe_fine"):
        named.rows(f'CREATE TABLE "{{src}}"."{leftover}" (id integer)')
    copies = {"etl_old_20261130_fine", "etl_old_everything_fine"}  # somebody's own
    for name in copies:
        named.rows(f'CREATE TABLE "{{src}}"."{name}" (id integer)')
    swapped = [f"{{src}}.{name}" for name in ("fine", LONGEST, "bad_name")]
    named.pipeline("forget", *swapped, "--date", DATE)
    named.luigi("LoadAll")
    check_rows(named)
    tables = "SELECT table_name FROM information_schema.tables WHERE table_schema = '{src}'"
    assert {name for (name,) in named.rows(tables)} == {*LOADED.values(), *copies, "fine$old"}
