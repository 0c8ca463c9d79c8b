"""A real server rejects every query in which a fault was found: there are no false alarms."""

import psycopg2
import pytest
from psycopg2 import errors

from tests.support.values.faulty_queries import FAULTY, TABLES, VIEWS

REFUSALS = (errors.UndefinedColumn, errors.UndefinedTable, errors.AmbiguousColumn)


@pytest.fixture
def cursor(new_database):
    connection = psycopg2.connect(new_database())
    with connection.cursor() as cursor:
        cursor.execute("CREATE SCHEMA www; CREATE SCHEMA dw")
        for name, columns in TABLES.items():
            listed = ", ".join(f'"{column}" bigint' for column in columns)
            cursor.execute(f"CREATE TABLE {name} ({listed})")
        for name, (query, _) in VIEWS.items():
            cursor.execute(f"CREATE VIEW {name} AS {query}")
        yield cursor
    connection.close()


def test_the_server_rejects_every_query_with_a_fault(cursor):
    cursor.execute("EXPLAIN SELECT id, total FROM www.orders")
    for query, _ in FAULTY.values():
        cursor.execute("SAVEPOINT before")
        with pytest.raises(REFUSALS):
            cursor.execute(f"EXPLAIN {query}")
        cursor.execute("ROLLBACK TO before")
