"""What luigi.cfg gives the tasks of a run; without it, a run would wait for hours."""

import luigi.interface
from luigi.configuration import get_config

from pipeline.errors import ConfigError, Fault

SECTION = "resources"


def check_resources() -> None:
    """Raise ConfigError unless tasks get workers, the warehouse and upstreams, one at least."""
    try:
        shares = get_config().getintdict(SECTION)
    except ValueError:
        raise ConfigError(f"luigi.cfg: [{SECTION}]: expected whole numbers of 1 or more") from None
    numbers = {
        f"[{SECTION}] {name}": number
        for name, number in shares.items()
        if name == "warehouse" or name.startswith("upstream_")
    }
    numbers["[core] workers"] = luigi.interface.core().workers
    if faults := [
        Fault("luigi.cfg", key, f"found {number}, expected 1 or more")
        for key, number in numbers.items()
        if number < 1
    ]:
        raise ConfigError(faults)
