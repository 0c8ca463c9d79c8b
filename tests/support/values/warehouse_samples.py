"""Designs and values shared by the tests of statements: ordinary and hostile ones."""

import datetime as dt
from dataclasses import replace
from decimal import Decimal

from pipeline.access.desired import DesiredState
from pipeline.designs.model.checks import (
    AcceptedValues,
    Check,
    NotNull,
    Pattern,
    Query,
    Range,
    Relationship,
    RowCount,
    SumEquals,
    Unique,
)
from pipeline.designs.model.design import Attributes, Column, Constraints, Design, ForeignKey
from pipeline.manifest import Manifest, Part
from pipeline.names import Fingerprint, RunDate, TableName
from pipeline.settings import Groups
from pipeline.sql.markers.check_results import CheckResult, WrongRow
from pipeline.sql.markers.history import Run
from pipeline.sql.markers.marker import Marker

GROUPS = Groups(etl="etl_rw", users="analyst_ro")
DESIRED = DesiredState(owner="dw", groups=GROUPS, schemas=("dw", "www"), marker_schema="etl")
DAY = dt.date(2026, 11, 22)
DATE = RunDate(DAY)
HOUR = RunDate(DAY, 14)
MOMENT = dt.datetime(2026, 11, 22, 3, 4, 5, 678901, dt.UTC).replace(tzinfo=None)

ORDERS = Design(
    name=TableName("www", "orders"),
    kind="TABLE",
    stem="www/public-orders",
    columns=(
        Column("id", "bigint", encoding="az64", not_null=True),
        Column("user_id", "int"),
        Column(
            "status", "varchar(20)", encoding="bytedict", not_null=True, description="it's new"
        ),
        Column("secret", "varchar(99)", skipped=True),
        Column("total", "decimal(12, 2)"),
    ),
    source=TableName("public", "orders"),
    constraints=Constraints(
        primary_key=("id",),
        unique=(("user_id", "status"),),
        foreign_keys=(ForeignKey(("user_id",), TableName("www", "users"), ("id",)),),
    ),
    attributes=Attributes(distribution=("user_id",), compound_sort=("user_id", "id")),
    description="100% of all orders",
)

DIM_USER = Design(
    name=TableName("analytics", "dim_user"),
    kind="CTAS",
    stem="analytics/dim_user",
    columns=(
        Column("user_key", "bigint", identity=True, encoding="raw"),
        Column("user_id", "int", not_null=True),
        Column("email", "varchar(2)", not_null=True),
        Column("city", "varchar(64)"),
    ),
    query="SELECT id, email, city\nFROM www.users -- all of them; really",
    constraints=Constraints(surrogate_key=("user_key",), natural_key=("user_id",)),
    attributes=Attributes(distribution="all", compound_sort=("user_key",)),
)

RECENT = Design(
    name=TableName("analytics", "recent_orders"),
    kind="VIEW",
    stem="analytics/recent_orders",
    columns=(Column("id"), Column("status")),
    query="SELECT id, status\nFROM www.orders\nWHERE status LIKE '%new'\n;\n",
)

HOSTILE = Design(
    name=TableName('s"; DROP SCHEMA x; --', "t%s.é'ü$"),
    kind="CTAS",
    stem="hostile/t",
    columns=(
        Column('a"b', "varchar(10)", not_null=True, description="50% ' \\ \" ; --"),
        Column("%(a)s", "int", not_null=True),
    ),
    query="SELECT '%', 1",
    constraints=Constraints(
        unique=(('a"b', "%(a)s"),),
        foreign_keys=(ForeignKey(("%(a)s",), TableName("x;y", "é%"), ('k"',)),),
    ),
    attributes=Attributes(distribution=("%(a)s",), interleaved_sort=('a"b', "%(a)s")),
    description="%(a)s",
)

CHECKED = replace(
    ORDERS,
    checks=(
        Check("kept", NotNull("status")),
        Check("known", AcceptedValues("status", ("new", "it's %(a)s")), "warn", "total > 0"),
        Check("range", Range("total", Decimal("0.5"), 100)),
        Check("large", Range("user_id", minimum=1)),
        Check("like", Pattern("status", "%d_")),
        Check("rows", RowCount(1, 9, 0.5)),
        Check("some rows", RowCount(1), where="status LIKE '%new'"),
        Check("sum", SumEquals("total", "SELECT SUM(t) FROM www.payments")),
        Check("some sum", SumEquals("total", "SELECT 1"), where="id > 0"),
        Check("once", Unique(("user_id", "status")), where="id > 0"),
        Check("user", Relationship("user_id", TableName("www", "users"), "id")),
        Check("itself", Relationship("user_id", ORDERS.name, "id"), where="id > 0"),
        Check("query", Query("WITH r AS (SELECT * FROM {relation}) SELECT id FROM r")),
    ),
)
"""A table with a check of each kind; of ``once``, ``itself`` and others for some rows."""

MANIFEST = Manifest(
    relation="www.orders",
    parts=(Part("s3://bucket/p/part-0000.csv.zst", 3, 10, 30, "00"),),
    columns=("id", "user_id", "status", "total"),
    query="SELECT 1",
    null_as="@NULL@",
    compression="zstd",
    database="shop",
    snapshot="1:2:",
    started="2026-11-22T00:00:00+00:00",
    finished="2026-11-22T00:00:01+00:00",
)

MARKER = Marker(
    update_id="CopyTable www.orders 2026-11-22 0123456789ab",
    task="CopyTable",
    target_table="www.orders",
    run_date=DATE,
    prefix="production",
    fingerprint=Fingerprint("0123456789ab"),
    row_count=3,
    byte_count=10,
    manifest="s3://bucket/p/orders.manifest",
    started_at=MOMENT,
    inserted_at=MOMENT,
)

RUN = Run(
    run_id="20261122T030405",
    task="CopyTable",
    target_table="www.orders",
    run_date=DATE,
    prefix="production",
    status="failed",
    row_count=None,
    byte_count=None,
    seconds=1.5,
    message="it's broken: 100%",
    occurred_at=MOMENT,
)

RESULT = CheckResult(
    checked_at=MOMENT,
    task="CopyTable",
    target_table="www.orders",
    run_date=HOUR,
    prefix="production",
    check_name="it's 100%",
    kind="row_count",
    severity="error",
    passed=False,
    wrong_rows=None,
    found="9 rows after 20",
    checked="staging",
    fingerprint="0a1b2c3d4e5f",
)

WRONG = WrongRow(MOMENT, "www.orders", DATE, "production", "it's 100%", '{"id": 1}')
