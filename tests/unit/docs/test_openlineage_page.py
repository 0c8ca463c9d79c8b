"""docs/openlineage.md against the code: its event is what a refresh writes, its options exist."""

import datetime as dt
import json
import re
from typing import Any

from pipeline.designs.model.design import Column
from pipeline.names import Layout
from pipeline.openlineage import flows
from pipeline.openlineage.event import Attempt, Job, event
from pipeline.openlineage.flows import Moved
from pipeline.openlineage.names import Places
from pipeline.options import openlineage
from pipeline.settings import Connection
from tests.support.pages import blocks, read_page
from tests.support.values.catalogs import derived, table

PAGE = read_page("docs/openlineage.md")
EVENT = json.loads(blocks(PAGE, "json")[0])


def plain(value: Any) -> Any:
    """Return an event without what each facet has."""
    if isinstance(value, list):
        return [plain(each) for each in value]
    if isinstance(value, dict):
        own = ("_producer", "_schemaURL")
        return {key: plain(each) for key, each in value.items() if key not in own}
    return value


def test_the_event_on_the_page_is_that_of_a_refresh():
    cluster = "redshift://dw@main.abc123.us-west-2.redshift.amazonaws.com/dw"
    warehouse = Connection.parse("W", cluster)
    places = Places(lambda: warehouse, lambda _: warehouse, "my-bucket", Layout("production"))
    orders = table("www.orders", "status", "total")
    columns = (Column("status", "varchar(40)"), Column("total", "numeric(18,2)"))
    query = EVENT["job"]["facets"]["sql"]["query"]
    totals = derived("analytics.totals", query, columns=columns, reads="www.orders")
    flow = flows.refresh([totals], places, Moved(3), {orders.name: orders})

    namespace = "redshift-pipeline/production"
    parent = EVENT["run"]["facets"]["parent"]["run"]["runId"]
    root = Attempt(Job(namespace, "Run.LoadAll"), run_id=parent)
    date = dt.datetime(2026, 11, 21)  # noqa: DTZ001
    job = Job(namespace, "RefreshCtas.analytics.totals")
    attempt = Attempt(job, date, root, EVENT["run"]["runId"])
    at = dt.datetime.fromisoformat(EVENT["eventTime"])
    assert plain(event("COMPLETE", attempt, at, flow)) == EVENT


def test_each_option_is_on_the_page():
    assert {name for name, _ in openlineage.get_params()} == set(
        re.findall(r"^\| `([a-z_]+)` \| [`nr]", PAGE, re.MULTILINE)
    )
