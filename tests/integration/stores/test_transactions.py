"""The messages of a transaction: each takes a round trip."""

import logging
from contextlib import suppress

import pytest

from pipeline.errors import WarehouseError
from pipeline.sql.statement import Origin, Statement
from pipeline.stores.warehouse import Warehouse

CREATE, INSERT = Statement("CREATE TABLE t (n int)"), Statement("INSERT INTO t VALUES (1), (2)")
COUNT = Statement("SELECT COUNT(*) AS n FROM t")


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    """Return the log, whose messages are those that were sent."""
    caplog.set_level(logging.DEBUG, "pipeline.stores.warehouse.connection")
    return caplog


def test_a_transaction_begins_and_ends_with_its_statements(
    warehouse: Warehouse, log: pytest.LogCaptureFixture
) -> None:
    with warehouse.transaction() as transaction:
        transaction.add(CREATE)
        assert transaction.query(COUNT) == [{"n": 0}]
        assert transaction.execute(INSERT) == 2
        transaction.add(INSERT, INSERT)
    assert warehouse.query(COUNT) == [{"n": 6}]
    assert log.messages == [
        f"BEGIN;\n{CREATE};\n{COUNT}",
        str(INSERT),
        f"{INSERT};\n{INSERT};\nCOMMIT",
        str(COUNT),
    ]


def test_a_transaction_without_statements_sends_nothing(
    warehouse: Warehouse, log: pytest.LogCaptureFixture
) -> None:
    with warehouse.transaction():
        pass
    assert log.messages == []


def test_nothing_of_a_transaction_remains_after_an_error(warehouse: Warehouse) -> None:
    warehouse.execute(CREATE)

    def fail(statement: Statement | None) -> None:
        with warehouse.transaction() as transaction:
            transaction.execute(INSERT)
            transaction.add(INSERT)
            if statement is None:
                raise KeyboardInterrupt
            transaction.add(statement, INSERT)

    for statement, error in ((Statement("SELECT 1/0"), WarehouseError), (None, KeyboardInterrupt)):
        with pytest.raises(error):
            fail(statement)
        assert warehouse.query(COUNT) == [{"n": 0}]


def test_a_rollback_at_commit_is_an_error(warehouse: Warehouse) -> None:
    """The server reports only the first error, which the body may catch."""
    warehouse.execute(CREATE)

    def continues(then: Statement | None) -> None:
        with warehouse.transaction() as transaction:
            transaction.execute(INSERT)
            with suppress(WarehouseError):
                transaction.execute(Statement("SELECT 1/0"))
            if then is not None:
                transaction.commit_then(then)

    for then in (None, COUNT):
        with pytest.raises(WarehouseError, match="transaction was rolled back: one of"):
            continues(then)
        assert warehouse.query(COUNT) == [{"n": 0}]


def test_a_query_after_commit_is_sent_with_it(
    warehouse: Warehouse, log: pytest.LogCaptureFixture
) -> None:
    """It sees what was committed, and an error of it leaves that in place."""
    warehouse.execute(CREATE)
    log.clear()

    def fails() -> None:
        with warehouse.transaction() as transaction:
            transaction.execute(INSERT)
            transaction.commit_then(Statement("SELECT 1/0"))

    with warehouse.transaction() as transaction:
        transaction.add(INSERT)
        assert transaction.commit_then(COUNT) == [{"n": 2}]
    assert log.messages == [f"BEGIN;\n{INSERT};\nCOMMIT;\n{COUNT}"]
    with pytest.raises(WarehouseError, match="zero"):
        fails()
    assert warehouse.query(COUNT) == [{"n": 4}]


def test_the_text_of_a_file_is_sent_alone(
    warehouse: Warehouse, log: pytest.LogCaptureFixture
) -> None:
    """The server counts the position of an error from the beginning of the message."""
    text = "SELECT 1,\n       wrong"
    query = Statement(text, origin=Origin("a.sql", text, line=1, indent=0, start=0))

    def failing() -> None:
        with warehouse.transaction() as transaction:
            transaction.add(CREATE)
            transaction.query(query)

    with pytest.raises(WarehouseError, match=r"^a\.sql:2: column 8: .*\n.*wrong"):
        failing()
    assert log.messages == [f"BEGIN;\n{CREATE}", text]


def test_another_transaction_begins_after_a_rollback(
    warehouse: Warehouse, log: pytest.LogCaptureFixture
) -> None:
    with warehouse.transaction() as transaction:
        transaction.execute(CREATE)
        transaction.add(INSERT)
        transaction.roll_back()
        transaction.execute(CREATE)
    assert warehouse.query(COUNT) == [{"n": 0}]
    assert log.messages == [f"BEGIN;\n{CREATE}", f"BEGIN;\n{CREATE}", "COMMIT", str(COUNT)]


def test_no_statement_of_its_own_gets_into_an_open_transaction(warehouse: Warehouse) -> None:
    with warehouse.transaction() as transaction:
        transaction.execute(CREATE)
        with pytest.raises(RuntimeError, match="a transaction is open"):
            warehouse.query(COUNT)
    assert warehouse.query(COUNT) == [{"n": 0}]
