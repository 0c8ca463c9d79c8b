"""Queries of the pipeline's own tables, and what their errors tell of the bootstrap."""

from collections.abc import Callable
from dataclasses import dataclass

from pipeline.errors import ConfigError, WarehouseError
from pipeline.settings import Warehouse as WarehouseSettings
from pipeline.sql.access.catalog import select_current_state
from pipeline.sql.statement import Statement
from pipeline.stores.warehouse import LOGIN_REFUSED, Row, Warehouse

UNDEFINED_TABLE = "42P01"

UNPREPARED = frozenset({"3F000", UNDEFINED_TABLE})
"""No such schema or table: BootstrapWarehouse has not run in this warehouse."""

UNDEFINED_COLUMN = "42703"

DENIED = "42501"
"""A privilege is missing."""

BOOTSTRAP = "BootstrapWarehouse"

COMMAND = f"luigi --module pipeline {BOOTSTRAP}"
"""The command that repairs the marker schema."""


class MarkerTableError(WarehouseError):
    """A table of the marker schema cannot be read before BootstrapWarehouse repairs it.

    It lacks a column that this release needs, or a privilege.
    """


@dataclass(frozen=True, slots=True)
class OwnTables:
    """The tables of the marker schema, as the ETL user reads them."""

    warehouse: Callable[[], Warehouse]
    administration: Callable[[], Warehouse]
    settings: WarehouseSettings

    def query(self, statement: Statement) -> list[Row]:
        """Return the rows of a statement; none if BootstrapWarehouse has not run."""
        try:
            return self.warehouse().query(statement)
        except WarehouseError as error:
            if error.sqlstate in UNPREPARED:
                return []
            if error.sqlstate in {UNDEFINED_COLUMN, DENIED}:
                raise MarkerTableError(self._explain(error), sqlstate=error.sqlstate) from error
            if error.sqlstate != LOGIN_REFUSED:
                raise
            if not self._owner_exists(error):
                return []
        return self.warehouse().query(statement)  # another run may just have created the owner

    def _explain(self, error: WarehouseError) -> str:
        """Return in words why a table cannot be read, and what repairs it."""
        settings, schema = self.settings, self.settings.marker_schema
        if error.sqlstate == UNDEFINED_COLUMN:
            return (
                f"a table of the schema {schema} lacks a column: {error}. To add it, run"
                f" '{COMMAND}'"
            )
        return (
            f"'{settings.owner}' may not read a table of the schema {schema}: {error}. To restore"
            f" its owner and privileges, set {settings.admin_access}, and run '{COMMAND}'"
        )

    def _owner_exists(self, refused: WarehouseError) -> bool:
        """Return whether the password is wrong, rather than the owner not created yet.

        The server reports both in the same way, so the administrator's connection is used.
        """
        try:
            admin = self.administration()
        except ConfigError as error:
            raise WarehouseError(
                f"{refused}. If the warehouse was never set up: set {self.settings.admin_access},"
                f" then run '{COMMAND}'"
            ) from error
        return user_exists(admin, self.settings.owner)


def user_exists(admin: Warehouse, name: str) -> bool:
    """Return whether the warehouse has a user of that name."""
    users = admin.query(select_current_state("")["users"])
    return any(row["user_name"] == name for row in users)
