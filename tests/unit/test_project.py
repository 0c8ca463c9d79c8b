"""What the project makes of designs and configuration together."""

import datetime as dt

import pytest

from pipeline.designs.catalog import Catalog
from pipeline.designs.model.design import Column
from pipeline.errors import ConfigError
from pipeline.freshness import Freshness
from pipeline.names import TableName
from pipeline.project import Project
from pipeline.settings import Settings, Source, Storage
from tests.support.values.catalogs import derived, table
from tests.support.values.designs import parse_design

DAY, HOUR = (Freshness(error_after=dt.timedelta(**age)) for age in ({"days": 1}, {"hours": 1}))
OWN = "freshness: {error_after: 1 hour}"


def design(schema, kind="CTAS", more=""):
    text = f"name: {schema}.a\nsource_name: {kind}\ncolumns: [{{name: id, sql_type: int}}]\n{more}"
    return parse_design(f"{schema}/a.yaml", text, "SELECT id FROM www.orders")


@pytest.mark.parametrize("source", [Source("www", read_access="UP"), Source("www", s3_path="s3:")])
def test_an_empty_folder_is_a_fault_if_tables_are_to_be_loaded(source, tmp_path):
    settings = Settings(Storage("b", "p"), (source,), design_dir=str(tmp_path))
    with pytest.raises(ConfigError, match=r"holds no design, and www should be loaded: mount or"):
        Project(settings, pytest.fail).check_designs()


def test_without_tables_to_load_a_folder_may_be_empty(tmp_path):
    settings = Settings(Storage("b", "p"), (Source("dw"),), design_dir=str(tmp_path))
    Project(settings, pytest.fail).check_designs()


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (design("dw"), DAY),
        (design("dw", more=OWN), HOUR),
        (design("other"), None),
        (design("other", more=OWN), HOUR),
        (design("dw", "VIEW"), None),
    ],
)
def test_freshness_is_that_of_the_design_else_of_the_source_for_what_is_loaded(found, expected):
    sources = (Source("dw", freshness=DAY), Source("other"))
    project = Project(Settings(Storage("b", "p"), sources), pytest.fail)
    assert project.freshness(found) == expected


def test_checks_hide_the_sensitive_columns_of_all_that_is_read():
    """Those of the relation and of what it or its checks read, however indirectly."""
    users = table("www.users", columns=(Column("email", "text", sensitive=True),))
    staff = table("www.staff", columns=(Column("salary", "int", sensitive=True),))
    names = derived("dw.names", "SELECT 1", "email", reads="www.users", kind="VIEW")
    buyers = derived(
        *("dw.buyers", "SELECT 1", "email"),
        reads="dw.names",
        checks_read=(TableName("www", "staff"),),
    )
    project = Project(Settings(Storage("b", "p"), ()), pytest.fail)
    vars(project)["catalog"] = Catalog.of([users, staff, names, buyers])
    found = [project.hidden_by_checks(each) for each in (users, staff, names, buyers)]
    assert found == [{"email"}, {"salary"}, {"email"}, {"email", "salary"}]
