"""Which errors of a server are retryable, by real SQLSTATEs."""

import pytest

from pipeline.errors import WarehouseError
from pipeline.sql.statement import Statement
from pipeline.stores.warehouse import Warehouse


def failure(warehouse: Warehouse, sqlstate: str, message: str = "no") -> WarehouseError:
    """Have the server raise an error with this SQLSTATE."""
    text = f"DO $$BEGIN RAISE EXCEPTION '{message}' USING ERRCODE = '{sqlstate}'; END$$"
    with pytest.raises(WarehouseError) as caught, warehouse.transaction() as transaction:
        transaction.execute(Statement(text))
    assert caught.value.sqlstate == sqlstate
    return caught.value


@pytest.mark.parametrize(
    "sqlstate",
    [
        pytest.param("40001", id="serialization failure"),
        pytest.param("40P01", id="deadlock"),
        pytest.param("55P03", id="lock not available"),
        pytest.param("57P01", id="shutdown"),
    ],
)
def test_a_conflict_is_retryable(warehouse: Warehouse, sqlstate: str) -> None:
    assert failure(warehouse, sqlstate).retryable


CONFLICTS = """\
CREATE SEQUENCE calls;
CREATE FUNCTION third_call() RETURNS bigint LANGUAGE plpgsql AS $$
BEGIN
    IF nextval('calls') < 3 THEN
        RAISE EXCEPTION 'could not serialize access' USING ERRCODE = '40001';
    END IF;
    RETURN currval('calls');
END $$"""


def test_a_statement_in_its_own_transaction_is_repeated_after_a_conflict(
    warehouse: Warehouse,
) -> None:
    """With SERIALIZABLE isolation even a query may end in one."""
    warehouse.execute(Statement(CONFLICTS))

    assert warehouse.query(Statement("SELECT third_call() AS calls")) == [{"calls": 3}]


@pytest.mark.parametrize(
    "message",
    [
        "1023: Serializable isolation violation on table - 100105",
        "could not complete because of conflict with concurrent transaction",
        "could not open relation with OID 100105",
    ],
)
def test_the_message_decides_if_sqlstates_are_ambiguous(
    warehouse: Warehouse, message: str
) -> None:
    assert failure(warehouse, "XX000", message).retryable


@pytest.mark.parametrize(
    ("sqlstate", "message"),
    [
        ("42501", "permission denied for table orders"),
        ("42P01", "relation does not exist"),
        ("22001", "value too long for type character varying(10)"),
        ("XX000", "Load into table orders failed. Check stl_load_errors"),
        ("53100", "Disk Full"),
    ],
)
def test_lasting_errors_are_not_retryable(
    warehouse: Warehouse, sqlstate: str, message: str
) -> None:
    assert not failure(warehouse, sqlstate, message).retryable


def test_of_statements_sent_together_each_is_named(warehouse: Warehouse) -> None:
    def together() -> None:
        with warehouse.transaction() as transaction:
            transaction.add(Statement("SELECT 1"), Statement("SELECT 'x' FROM nothing"))
            transaction.query(Statement("SELECT 3"))

    with pytest.raises(WarehouseError) as caught:
        together()
    assert "nothing" in str(caught.value)
    assert str(caught.value).endswith("[in one of: SELECT 1; SELECT 'x' FROM nothing; SELECT 3]")


def test_what_only_an_owner_may_do_is_left_to_the_doctor(warehouse: Warehouse) -> None:
    told = "must be owner of relation orders; 'pipeline doctor' tells who owns it, and what to run"
    error = failure(warehouse, "42501", "must be owner of relation orders")
    assert str(error).startswith(told)
    assert not error.retryable
    assert "doctor" not in str(failure(warehouse, "42501", "permission denied for relation x"))
