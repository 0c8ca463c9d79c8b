"""Checks of the warehouse: connections, and a COPY that is rolled back."""

import shlex
import uuid
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from pipeline.access.desired import DesiredState
from pipeline.access.difference import Planner
from pipeline.designs.model.design import Column, Design
from pipeline.errors import WarehouseError
from pipeline.figures import count
from pipeline.manifest import SUFFIX, Compression, Manifest, Part
from pipeline.names import TableName
from pipeline.procedures.bootstrap import look
from pipeline.procedures.content import damage
from pipeline.procedures.dump.stream import compressor
from pipeline.procedures.inventory import Inventory
from pipeline.procedures.load.external import check_external
from pipeline.procedures.operations.doctor.bucket import probes
from pipeline.procedures.operations.doctor.finding import Finding
from pipeline.sql.catalog import health
from pipeline.sql.catalog.inventory import filled_tables, protected_tables
from pipeline.sql.statement import identifier
from pipeline.sql.tables import copy, ddl
from pipeline.sql.tables.copy import AccessKeys, IamRole
from pipeline.sql.upstream.extract import NULL_AS
from pipeline.stores.s3.bucket import S3Store
from pipeline.stores.warehouse import Row, Warehouse

ROW = b"1\n"

LOAD = "luigi --module pipeline LoadAll --local-scheduler"


def server(warehouse: Warehouse, what: str) -> tuple[Finding, Row]:
    """Connect to the warehouse; return also the row of ``health.server``."""
    row = warehouse.query(health.server())[0]
    found = f"{warehouse.access} as {row['user_name']}: {short_version(row['version'])}"
    if "redshift" not in row["version"].lower():
        advice = "this is not Redshift, and may execute the pipeline's statements differently"
        return Finding(what, "warning", found, advice), row
    return Finding(what, "ok", found), row


def administrator(warehouse: Warehouse) -> Finding:
    """Connect as administrator, who must be a superuser to create users and change owners."""
    finding, _ = server(warehouse, "administrator")
    if not warehouse.query(health.is_superuser())[0]["usesuper"]:
        raise WarehouseError(
            f"the user of {warehouse.access.variable} is not a superuser, which BootstrapWarehouse"
            " requires"
        )
    return finding


def short_version(version: str) -> str:
    """Return the significant part of VERSION().

    ``PostgreSQL 8.0.2 on i686-pc-linux-gnu, …, Redshift 1.0.77467`` gives ``Redshift 1.0.77467``.
    """
    _, mark, number = version.partition("Redshift ")
    if mark and number:
        return f"Redshift {number.split(maxsplit=1)[0].rstrip(',')}"
    return version.partition(",")[0]


def relations(
    names: Collection[TableName], markers: Iterable[Row], inventory: Inventory
) -> Finding:
    """Check that relations that were loaded are what was published; the next run loads others.

    ``names`` are the relations that have designs, ``markers`` those of their rows, oldest first.
    """
    newest = {row["target_table"]: row for row in markers}
    damaged: dict[str, list[str]] = {}
    for name in sorted(names):
        if str(name) not in newest:
            continue
        found = damage(newest[str(name)].get("object_id"), inventory.relations.get(name))
        if found is not None:
            damaged.setdefault(found, []).append(str(name))
    if not damaged:
        return Finding("relations", "ok", f"{count(len(newest), 'relation')} as loaded")
    found = "; ".join(f"{words}: {', '.join(each)}" for words, each in sorted(damaged.items()))
    return Finding("relations", "warning", found, f"the next run loads them again: {LOAD}")


def owners(names: Collection[TableName], desired: DesiredState, warehouse: Warehouse) -> Finding:
    """Check that the owner of the warehouse owns the relations that have designs.

    Nobody else can replace them. Those that the bootstrap transfers are its own finding.
    """
    with warehouse.transaction() as transaction:
        current = look(transaction, desired)
    planner = Planner(desired, current)
    schemas = {name.schema for name in current.others}
    transferred = {name for schema in schemas for name in planner.transferred(schema)}
    found: dict[str, list[str]] = {}
    for name in sorted(current.others.keys() & set(names) - transferred):
        found.setdefault(current.others[name], []).append(str(name))
    if not found:
        return Finding("owners", "ok", f"'{desired.owner}' owns what it replaces")
    advice = [f"as administrator, for each: ALTER TABLE … OWNER TO {identifier(desired.owner)}"]
    advice += [
        f"or, if '{user}' is no longer needed: pipeline drop-user {shlex.quote(user)}"
        f" --new-owner {shlex.quote(desired.owner)}"
        for user in found.keys() - current.superusers
    ]
    owned = (f"of '{user}': {', '.join(tables)}" for user, tables in found.items())
    return Finding("owners", "fault", "; ".join(owned), "; ".join(advice))


def rows(
    names: Collection[TableName],
    markers: Iterable[Row],
    inventory: Inventory,
    administrator: Warehouse,
) -> Finding:
    """Check that no table is empty that was loaded with rows; only a superuser can see that."""
    schemas = {name.schema for name in names} or {""}
    filled = {
        TableName(row["schema_name"], row["relation_name"])
        for row in administrator.query(filled_tables(sorted(schemas)))
    }
    loaded = {row["target_table"]: row for row in markers if row["row_count"]}
    emptied = [
        str(name)
        for name in sorted(inventory.relations.keys() & set(names) - filled)
        if (row := loaded.get(str(name)))
        and damage(row.get("object_id"), inventory.relations[name]) is None
    ]
    if not emptied:
        return Finding("rows", "ok", "no table was emptied")
    return Finding(
        "rows",
        "warning",
        f"empty, and loaded with rows: {', '.join(emptied)}",
        "to load them again: pipeline forget --downstream"
        f" {' '.join(map(shlex.quote, emptied))}; then {LOAD}",
    )


def policies(names: Collection[TableName], administrator: Warehouse) -> Finding:
    """Warn of policies on relations that loads replace; only a superuser can see all of them.

    Redshift detaches the policies of a table that is dropped.
    https://docs.aws.amazon.com/redshift/latest/dg/t_rls_object_dependency.html
    """
    schemas = sorted({name.schema for name in names}) or [""]
    found = {
        TableName(row["schema_name"], row["relation_name"])
        for statement in protected_tables(schemas)
        for row in administrator.query(statement)
    }
    if not (protected := sorted(found & set(names))):
        return Finding("policies", "ok", "no relation that is loaded has any")
    return Finding(
        "policies",
        "warning",
        f"row-level security or masks on {', '.join(map(str, protected))}",
        "a load that replaces the table loses them, and all rows and values can be read: attach"
        " them to views of your own",
    )


def external(warehouse: Warehouse, names: Sequence[TableName]) -> Finding:
    """Check that the relations can be read which queries read and others maintain."""
    check_external(warehouse, names)
    return Finding("external", "ok", f"{count(len(names), 'relation')} can be read")


@dataclass(frozen=True, slots=True)
class CopyProbe:
    """What a COPY of one row needs; it works in the same way as the load of a table."""

    warehouse: Warehouse
    store: S3Store
    schema: str
    prefix: str
    authorization: IamRole | AccessKeys
    compression: Compression
    region: str | None


def copy_one_row(probe: CopyProbe) -> Finding:
    """Load one row from S3 into a table created in the same transaction; roll back."""
    token = uuid.uuid4().hex[:8]
    columns = (Column("id", "integer"),)
    design = Design(TableName(probe.schema, f"doctor${token}"), "TABLE", "doctor", columns)
    with probes(probe.store, probe.prefix) as folder:
        manifest = _upload_row(probe, design, folder)
        with probe.warehouse.transaction() as transaction:
            transaction.execute(ddl.create_table(design))
            statement = copy.copy_from_s3(
                design,
                design.name,
                manifest,
                manifest_url=probe.store.url(f"{folder}manifest"),
                authorization=probe.authorization,
                region=probe.region,
            )
            transaction.execute(statement)
            rows = transaction.query(copy.copied_rows())[0]["row_count"]
            transaction.roll_back()
    if rows != 1:
        raise WarehouseError(f"COPY of a file with one row loaded {count(rows, 'row')}")
    by = "the role" if isinstance(probe.authorization, IamRole) else "access keys"
    return Finding("COPY", "ok", f"loaded a row from S3 with {by}, and rolled back")


def _upload_row(probe: CopyProbe, design: Design, folder: str) -> Manifest:
    stream = compressor(probe.compression)
    body = stream.compress(ROW) + stream.flush()
    key = f"{folder}part.csv.{SUFFIX[probe.compression]}"
    probe.store.write(key, body)
    manifest = Manifest(
        relation=str(design.name),
        parts=(Part(probe.store.url(key), 1, len(body), len(ROW), ""),),
        columns=("id",),
        query="",
        null_as=NULL_AS,
        compression=probe.compression,
        database="",
        snapshot="",
        started="",
        finished="",
    )
    probe.store.write(f"{folder}manifest", manifest.to_json().encode())
    return manifest
