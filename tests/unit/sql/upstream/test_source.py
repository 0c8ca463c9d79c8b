"""The statement that reads the source of an incremental dump, by the version of the server."""

from pipeline.names import TableName
from pipeline.sql.upstream.source import select_source

NAME = TableName("s", 't"')


def test_older_servers_have_no_subscriptions() -> None:
    assert "pg_subscription_rel" in select_source(NAME, 100000).text
    assert "pg_subscription_rel" not in select_source(NAME, 90600).text
    assert select_source(NAME, 180000).parameters == {"schema": "s", "table": 't"'}


def test_older_servers_have_no_generated_columns() -> None:
    assert "a.attgenerated" in select_source(NAME, 120000).text
    assert "attgenerated" not in select_source(NAME, 110000).text
