"""What the doctor says about policies, which the emulator does not have."""

from typing import cast

from pipeline.names import TableName
from pipeline.procedures.operations.doctor.warehouse import policies
from pipeline.sql.statement import Statement
from pipeline.stores.warehouse import Row, Warehouse

ORDERS, USERS = TableName("www", "orders"), TableName("www", "users")


class Administrator:
    """Answers for a cluster with a policy on the table of users, and one on somebody's copy."""

    def query(self, statement: Statement) -> list[Row]:
        assert statement.parameters == {"schemas": ("www",)}
        if "svv_rls_relation" in statement.text:
            return [{"schema_name": "www", "relation_name": "copy"}]
        return [{"schema_name": "www", "relation_name": "users"}] * 2


def test_only_relations_that_are_loaded_lose_policies() -> None:
    administrator = cast("Warehouse", Administrator())
    found = policies([ORDERS, USERS], administrator)
    assert (found.verdict, found.found) == ("warning", "row-level security or masks on www.users")
    assert policies([ORDERS], administrator).verdict == "ok"
