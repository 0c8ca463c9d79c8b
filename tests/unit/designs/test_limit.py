"""Fingerprints of partial data end with their limit."""

import pytest

from pipeline.designs.catalog import Catalog
from pipeline.designs.fingerprint import Fingerprints
from pipeline.names import TableName

FILES = {
    "www/public-orders.yaml": "name: www.orders\ncolumns: [{name: id, sql_type: int}]",
    "a/one.yaml": "name: a.one\nsource_name: CTAS\ncolumns: [{name: id, sql_type: int}]",
    "a/one.sql": "SELECT id FROM www.orders",
}
ORDERS, ONE = TableName("www", "orders"), TableName("a", "one")


def prints(limit):
    return Fingerprints(Catalog.parse(FILES).designs, str, limit)


def test_fingerprints_of_a_limited_dump_and_its_content_end_with_the_limit():
    found = prints(100)
    for fingerprint in (found.dump(ORDERS), found.content(ORDERS), found.content(ONE)):
        assert str(fingerprint).endswith("-limit100")
        assert fingerprint.limit == 100


def test_a_limit_does_not_change_the_fingerprint_of_a_definition():
    assert prints(100).create(ORDERS) == prints(None).create(ORDERS)


def test_fingerprints_of_all_rows_have_no_limit():
    found = prints(None)
    for fingerprint in (found.dump(ORDERS), found.content(ORDERS), found.content(ONE)):
        assert fingerprint.limit is None


@pytest.mark.parametrize("limits", [(1, 2), (1, 10), (10, None)])
def test_each_limit_makes_fingerprints_of_its_own(limits):
    one, other = (prints(limit).content(ONE) for limit in limits)
    assert one != other
