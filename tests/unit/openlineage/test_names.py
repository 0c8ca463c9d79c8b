"""Names of datasets are those of the specification, as its own Python package has them."""

import pytest
from openlineage.client.naming import dataset as naming

from pipeline.names import Layout, TableName
from pipeline.openlineage.names import Dataset, Places
from pipeline.settings import Connection
from tests.support.values.catalogs import table

ORDERS = table("www.orders", "id")


def places(warehouse: str = "host=h dbname=dw", upstream: str = "host=h dbname=shop") -> Places:
    return Places(
        lambda: Connection.parse("W", warehouse),
        lambda _: Connection.parse("U", upstream),
        "my-bucket",
        Layout("production"),
    )


@pytest.mark.parametrize(
    ("host", "cluster"),
    [
        ("main.abc123xyz.us-west-2.redshift.amazonaws.com", "main"),
        ("main.abc123xyz.us-west-2.redshift.amazonaws.com.cn", "main"),
        ("group.123456789012.us-west-2.redshift-serverless.amazonaws.com", "group"),
    ],
)
def test_a_relation_of_a_cluster(host: str, cluster: str):
    found = places(f"redshift://dw:S3cret@{host}/dw").relation(TableName("www", "orders"))
    expected = naming.Redshift(cluster, "us-west-2", "5439", "dw", "www", "orders")
    assert found == Dataset(expected.get_namespace(), expected.get_name())


@pytest.mark.parametrize(
    ("text", "namespace"),
    [
        ("postgresql://u:S3cret@db.example.com/shop", "postgres://db.example.com:5432"),
        ("postgresql://u@db1,db2:5433/shop", "postgres://db1:5432"),
        ("postgresql://u@[::1]:6543/shop", "postgres://[::1]:6543"),
        ("host=/var/run/postgresql dbname=shop", "postgres://localhost:5432"),
    ],
)
def test_an_upstream_table(text: str, namespace: str):
    expected = naming.Postgres("h", "1", "shop", "public", "orders")
    assert places(upstream=text).table(ORDERS) == Dataset(namespace, expected.get_name())


def test_another_host_of_the_warehouse_stays_as_it_is():
    found = places("postgresql://u:S3cret@tunnel:5440/dw").relation(TableName("www", "orders"))
    assert found.namespace == "redshift://tunnel:5440"


def test_dumps_and_files_of_all_dates_are_one_dataset():
    expected = naming.S3("my-bucket", "production/data/www/public-orders")
    assert places().dump(ORDERS) == Dataset(expected.get_namespace(), expected.get_name())
    path = "s3://files/${prefix}/${date}/${hour}/${schema}.${table}/"
    assert places().files(path, ORDERS) == Dataset("s3://files", "production/*/*/public.orders/")
