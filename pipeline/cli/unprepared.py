"""What an error of the warehouse means if nobody has set the warehouse up."""

from collections.abc import Iterator
from contextlib import contextmanager

from pipeline.errors import WarehouseError
from pipeline.stores.warehouse import LOGIN_REFUSED

NO_SCHEMA = "3F000"

HINT = (
    "If the warehouse was never set up: luigi --module pipeline BootstrapWarehouse"
    " --local-scheduler"
)


@contextmanager
def naming_bootstrap() -> Iterator[None]:
    """Add the task that creates owner and schemas to errors of the body that may lack them."""
    try:
        yield
    except WarehouseError as error:
        if error.sqlstate not in {LOGIN_REFUSED, NO_SCHEMA}:
            raise
        raise WarehouseError(f"{error}\n{HINT}", sqlstate=error.sqlstate) from error
