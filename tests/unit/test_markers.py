"""What holds of a relation while another task publishes it."""

import datetime as dt

import pytest

from pipeline.errors import WarehouseError
from pipeline.markers import Markers, later_rows
from pipeline.names import RunDate, TableName
from pipeline.procedures.own_tables import MarkerTableError
from pipeline.settings import Warehouse as WarehouseSettings
from pipeline.sql.markers import history, marker
from tests.support.values.warehouse_samples import MOMENT

DATE = RunDate(dt.date(2024, 5, 1), 8)
SETTINGS = WarehouseSettings()


def update_id(hour):
    return f"production/CopyTable/2024-05-01T{hour:02}/www.orders/0123456789ab"


class Published:
    """A warehouse whose rows of hour 8 are replaced by those of hour 9 after some queries."""

    def __init__(self, after):
        self.left = after
        self.statements = []

    def query(self, statement):
        self.statements.append(statement)
        self.left -= 1
        hour = 8 if self.left >= 0 else 9
        if "table" in statement.parameters:
            return [{"kind": "table", "object_id": hour}]
        if "run_date" not in statement.text and "place" not in statement.text:
            return [*self.own_tables(), self.column("www", "orders", hour)]
        return [
            {
                "update_id": update_id(each),
                "task": "CopyTable",
                "target_table": "www.orders",
                "run_date": DATE.day,
                "run_hour": each,
                "prefix": "production",
                "fingerprint": "0123456789ab",
                "inserted_at": MOMENT,
                "object_id": each,
                "place": 1 + hour - each,
            }
            for each in range(8, hour + 1)
        ]

    @staticmethod
    def column(schema, relation, object_id, name=None):
        return {
            "schema_name": schema,
            "relation_name": relation,
            "object_id": object_id,
            "column_name": name,
        }

    def own_tables(self):
        for own in (marker.own_table("etl"), history.own_table("etl")):
            for each in own.columns:
                yield self.column("etl", own.name.table, 1, each.name)


@pytest.mark.parametrize("ask", ["fetch", "find"])
@pytest.mark.parametrize(
    ("after", "expected"),
    [(0, later_rows("www.orders")), (1, later_rows("www.orders")), (2, update_id(8))],
)
def test_rows_published_while_markers_are_read_are_found(ask, after, expected):
    warehouse = Published(after)
    markers = Markers(lambda: warehouse, lambda: warehouse, SETTINGS, "production", ("www",))
    presence = markers.presence(DATE)

    found = presence.fetch() if ask == "fetch" else presence.find(update_id(8))
    assert expected in found


class Checked(Published):
    """A warehouse whose rows passed their checks this many minutes after they were loaded."""

    def __init__(self, minutes):
        super().__init__(100)
        self.minutes = minutes

    def query(self, statement):
        found = super().query(statement)
        if "update_id" not in found[0]:
            return found
        at = MOMENT + dt.timedelta(minutes=self.minutes)
        checks = {"update_id": CHECKS_ID, "task": "Checks", "inserted_at": at, "place": 1}
        return [*found, found[0] | checks]


CHECKS_ID = update_id(8).replace("CopyTable", "Checks")


@pytest.mark.parametrize("ask", ["fetch", "find"])
@pytest.mark.parametrize(("minutes", "holds"), [(-1, False), (0, True), (1, True)])
def test_rows_that_were_loaded_again_have_to_pass_their_checks_again(ask, minutes, holds):
    """They may have been loaded while the design had no checks."""
    warehouse = Checked(minutes)
    markers = Markers(lambda: warehouse, lambda: warehouse, SETTINGS, "production", ("www",))
    presence = markers.presence(DATE)

    found = presence.fetch() if ask == "fetch" else presence.find(CHECKS_ID)
    assert (CHECKS_ID in found) is holds
    assert update_id(8) in found


@pytest.mark.parametrize("ask", ["find", "held"])
def test_the_question_for_one_relation_reads_the_catalog_of_that_one_alone(ask):
    """Each task asks it: a run of thousands would read the whole catalog thousands of times."""
    warehouse = Published(0)
    markers = Markers(lambda: warehouse, lambda: warehouse, SETTINGS, "production", ("www",))
    if ask == "find":
        markers.presence(DATE).find(update_id(8))
    else:
        markers.held((TableName("www", "orders"),))

    catalog = [each.parameters for each in warehouse.statements if "pg_class" in each.template]
    assert catalog
    assert all(each == {"schema": "www", "table": "orders"} for each in catalog)
    markers.presence(DATE).fetch()
    assert "www" in warehouse.statements[-1].parameters["schemas"]


class Refusing:
    """A warehouse whose owner may not read the marker table."""

    def query(self, statement):
        raise WarehouseError("permission denied for relation table_updates", sqlstate="42501")


def test_the_bootstrap_is_not_complete_while_the_marker_table_cannot_be_read():
    markers = Markers(Refusing, Refusing, SETTINGS, "production", ("www",))
    presence = markers.presence()

    assert presence.fetch() == set()
    assert presence.find("production/BootstrapWarehouse/0123456789ab") == set()
    assert markers.presence(DATE).fetch() == set()
    told = "'dw' may not read a table of the schema etl: permission denied .* set DATA_WAREHOUSE_A"
    with pytest.raises(MarkerTableError, match=told):
        markers.presence(DATE).find(update_id(8))
