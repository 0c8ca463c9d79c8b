"""What tasks read and write: columns come from where it is certain, and else are omitted."""

import datetime as dt
from typing import Any

from pipeline.designs.model.checks import Check, NotNull, RowCount, Unique
from pipeline.designs.model.design import Column
from pipeline.names import Layout, TableName
from pipeline.openlineage import flows
from pipeline.openlineage.event import Attempt, EventType, Job, event, failure
from pipeline.openlineage.facets import assertions
from pipeline.openlineage.flows import Flow, Moved, Port
from pipeline.openlineage.names import Places
from pipeline.settings import Connection
from tests.support.results.openlineage import check_event
from tests.support.values.catalogs import derived, sales, table

DW = Connection.parse("W", "redshift://dw:S3cret@h/dw")
SHOP = Connection.parse("U", "postgresql://u:S3cret@db/shop")
PLACES = Places(lambda: DW, lambda _: SHOP, "my-bucket", Layout("production"))
AT = dt.datetime(2026, 11, 21, 3, 15, tzinfo=dt.UTC)
ROOT = Attempt(Job("ns", "Run.LoadAll", "DAG"), dt.datetime(2026, 11, 21))  # noqa: DTZ001
TASK = Attempt(Job("ns", "CopyTable.www.orders"), parent=ROOT)


def written(flow: Flow, kind: EventType = "COMPLETE", **more: Any) -> dict[str, Any]:
    record = event(kind, TASK, AT, flow, **more)
    check_event(record)
    return record


def origins(record: dict[str, Any], output: int = 0) -> dict[str, list[tuple[str, str]]]:
    """Return by column what it is computed from."""
    fields = record["outputs"][output]["facets"].get("columnLineage", {"fields": {}})["fields"]
    return {
        column: [(each["name"], each["field"]) for each in found["inputFields"]]
        for column, found in fields.items()
    }


def test_a_dump_reads_the_columns_that_expressions_name():
    columns = (
        Column("id", "bigint", not_null=True),
        Column("total", "bigint", description="With tax.", expression='"net" + "tax"'),
        Column("odd", "bigint", expression="(SELECT max(x) FROM other)"),
        Column("left", "bigint", skipped=True),
        Column("later", "bigint", missing=True),
    )
    orders = table("www.orders", columns=columns, description="One row per order.")
    record = written(flows.dump(orders, PLACES, Moved(7, 300), "production/data/x.manifest"))
    upstream = "shop.public.orders"
    assert origins(record) == {
        "id": [(upstream, "id")],
        "total": [(upstream, "net"), (upstream, "tax")],
    }
    facets = record["outputs"][0]["facets"]
    assert [each["name"] for each in facets["schema"]["fields"]] == ["id", "total", "odd", "later"]
    assert facets["documentation"]["description"] == "One row per order."
    assert "S3cret" not in str(record)


def test_a_load_reads_the_dump_and_counts_what_it_read():
    orders = sales()[TableName("www", "orders")]
    record = written(flows.load(orders, PLACES, Moved(7, 300)))
    dump = "production/data/www/public-orders"
    assert origins(record)["total"] == [(dump, "total")]
    assert record["inputs"][0]["inputFacets"]["inputStatistics"]["size"] == 300
    assert "size" not in record["outputs"][0]["outputFacets"]["outputStatistics"]


def test_files_of_others_have_no_known_columns():
    orders = sales()[TableName("www", "orders")]
    record = written(flows.load_files(orders, PLACES, Moved(None, 300), "s3://in/${table}/"))
    assert (record["inputs"][0]["name"], origins(record)) == ("orders/", {})


def test_a_refresh_leaves_out_what_the_query_does_not_prove():
    catalog = sales()
    query = "SELECT id, user_id + 1 AS next, (SELECT 1) AS one FROM www.orders"
    design = derived("dw.some", query, "id", "next", "one", reads="www.orders")
    flow = flows.refresh([design], PLACES, Moved(5), catalog.designs)
    record = written(flow)
    assert origins(record) == {
        "id": [("dw.www.orders", "id")],
        "next": [("dw.www.orders", "user_id")],
    }
    fields = record["outputs"][0]["facets"]["columnLineage"]["fields"]
    assert fields["next"]["inputFields"][0]["transformations"] == [
        {"type": "DIRECT", "description": "user_id + 1"}
    ]
    assert [each["name"] for each in record["outputs"][0]["facets"]["schema"]["fields"]] == [
        *("id", "next", "one")
    ]
    more = {"reads": "elsewhere.things", "kind": "VIEW", "is_exact": False}
    view = derived("dw.view", "SELECT * FROM elsewhere.things", "id", **more)
    assert "facets" not in written(flows.refresh([view], PLACES, Moved(), {}))["outputs"][0]
    unknown = derived("dw.all", "SELECT * FROM elsewhere.things", "id", reads="elsewhere.things")
    assert origins(written(flows.refresh([unknown], PLACES, Moved(), catalog.designs))) == {}


def test_relations_that_are_refreshed_together_are_outputs_of_one_job():
    first = derived("dw.a", "SELECT id FROM www.orders", "id", reads="www.orders")
    second = derived("dw.b", "SELECT id FROM dw.a", "id", reads="dw.a")
    flow = flows.refresh([first, second], PLACES, Moved(5), {first.name: first})
    record = written(flow)
    assert [port["name"] for port in record["inputs"]] == ["dw.www.orders"]
    assert [port["name"] for port in record["outputs"]] == ["dw.dw.a", "dw.dw.b"]
    assert "outputFacets" not in record["outputs"][1]
    assert origins(record, 1) == {"id": [("dw.dw.a", "id")]}


def test_a_failure_names_datasets_alone():
    orders = sales()[TableName("www", "orders")]
    flow = flows.load(orders, PLACES, Moved()).names
    record = written(flow, "FAIL", facets=failure("COPY failed"))
    assert record["outputs"][0].keys() == {"namespace", "name"}
    assert record["run"]["facets"]["errorMessage"]["message"] == "COPY failed"
    assert record["run"]["facets"]["parent"]["root"]["run"]["runId"] == ROOT.run_id


def test_checks_that_were_not_run_are_no_assertions():
    checks = [
        (Check("a", NotNull("id")), True, 0),
        (Check("b", Unique(("id", "day")), "warn"), False, 3),
        (Check("c", RowCount(1)), None, None),
    ]
    port = Port(PLACES.relation(TableName("www", "orders")), statistics=assertions(checks))
    record = written(Flow((port,)))
    found = record["inputs"][0]["inputFacets"]["dataQualityAssertions"]["assertions"]
    assert [(each["name"], each["success"], each.get("column")) for each in found] == [
        ("a", True, "id"),
        ("b", False, None),
    ]
    assert found[1]["actual"] == "3 wrong rows"
