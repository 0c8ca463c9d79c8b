"""A dimension with surrogate keys, of rows that lie in the warehouse."""

import dataclasses
import datetime as dt
import secrets

from pipeline.designs.model.design import Column, Constraints, Design
from pipeline.names import Fingerprint, TableName
from pipeline.procedures.load.refresh import refresh
from pipeline.procedures.publish.publication import Place, Publication
from pipeline.procedures.publish.surrogate_keys import SurrogateKeys
from pipeline.settings import Groups
from pipeline.sql.markers.marker import Marker
from pipeline.sql.statement import Statement
from pipeline.sql.tables.refresh import fill
from pipeline.stores.warehouse import Warehouse
from tests.support.values.warehouse_samples import DATE


class Dimension:
    """A dimension of ``shop.people``, each of whose refreshes is a new task."""

    def __init__(self, warehouse: Warehouse, token: str) -> None:
        self.schema = f"keys_{token}"
        groups = Groups(etl=f"etl_{token}", users=f"users_{token}")
        self.place = Place(warehouse, groups, self.schema)
        self.design = Design(
            name=TableName(self.schema, "dim"),
            kind="CTAS",
            stem="dim",
            columns=(
                Column("k", "integer", identity=True, not_null=True),
                Column("id", "integer"),
                Column("name", "varchar(20)"),
            ),
            query=f"SELECT id, name FROM {self.schema}.people",
            constraints=Constraints(surrogate_key=("k",), natural_key=("id",)),
        )

    def run(self, statement: str) -> None:
        self.place.warehouse.execute(Statement(statement.format(s=self.schema)))

    def upstream(self, *people: tuple[int | None, str]) -> None:
        """Replace the rows that the dimension is made of."""
        self.upstream_of(self.place.warehouse, *people)

    def upstream_of(self, warehouse: Warehouse, *people: tuple[int | None, str]) -> None:
        rows = (f"({'NULL' if number is None else number}, '{name}')" for number, name in people)
        warehouse.execute(Statement(f"DELETE FROM {self.schema}.people"))
        warehouse.execute(Statement(f"INSERT INTO {self.schema}.people VALUES {', '.join(rows)}"))

    def publication(self, place: Place | None = None) -> Publication:
        now = dt.datetime.now(dt.UTC)
        done = Marker(
            update_id=secrets.token_hex(8),
            task="RefreshCtas",
            target_table=str(self.design.name),
            run_date=DATE,
            prefix="production",
            fingerprint=Fingerprint("0123456789ab"),
            row_count=None,
            byte_count=None,
            manifest=None,
            started_at=now,
            inserted_at=now,
        )
        return Publication(place or self.place, self.design, done)

    def prepared(self) -> tuple[Publication, TableName]:
        """Return a publication whose staging table is filled and committed, and its name."""
        publication, warehouse = self.publication(), self.place.warehouse
        staging = publication.staging_table()
        before = SurrogateKeys.read(warehouse.query, self.schema, self.design)
        with warehouse.transaction() as transaction:
            _, keys = before.fill(
                transaction,
                staging,
                lambda _, rows: sum(map(transaction.execute, fill(self.design, rows))),
            )
        return dataclasses.replace(publication, keys=keys), staging

    def refresh(self) -> dict[object, int]:
        """Refresh, and return the key of each person."""
        refresh(self.publication())
        return self.keys()

    def keys(self, warehouse: Warehouse | None = None) -> dict[object, int]:
        warehouse = warehouse or self.place.warehouse
        rows = warehouse.query(Statement(f"SELECT k, name FROM {self.design.name}"))
        keys = {row["name"]: row["k"] for row in rows}
        assert len(keys) == len(rows)
        assert keys.pop(None) == 0, "the row with key 0"
        assert len({*keys.values()}) == len(keys)
        assert 0 not in keys.values()
        return keys
