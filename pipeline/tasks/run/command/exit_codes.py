"""Defaults of luigi commands, for cron and for several users of a machine.

Luigi itself exits with 0 after a failed task, retries it, and locks for one user only.
"""

import os
import tempfile
from pathlib import Path

from luigi.configuration import get_config

ATTEMPTS = 1
"""How often a run tries a task.

luigid disables a failed task after them. A worker that is kept alive would otherwise wait for its
retry. The next run tries the task again, under another id.
"""

SECTION = "retcode"

CODES = {
    "already_running": 10,
    "missing_data": 20,
    "not_run": 25,
    "task_failed": 30,
    "scheduling_error": 35,
    "unhandled_exception": 40,
}

UNWRITTEN = 120
"""If what a run has to say cannot be written; Python itself ends so.

https://docs.python.org/3/library/sys.html#sys.exit
"""


def set_defaults() -> None:
    """Set what luigi.cfg does not set.

    https://luigi.readthedocs.io/en/stable/configuration.html#retcode
    """
    config = get_config()
    if not config.has_option("core", "log_level"):
        config.set("core", "log_level", "WARNING")  # the pipeline has a line for each step
    if not config.has_option("core", "lock_pid_dir"):
        # Luigi's own, without the id, belongs to the first user of the machine alone.
        locks = Path(tempfile.gettempdir(), f"luigi-{os.getuid()}")
        config.set("core", "lock_pid_dir", str(locks))
    if not config.has_option("scheduler", "retry_count"):
        config.set("scheduler", "retry_count", str(ATTEMPTS))
    for name, code in CODES.items():
        if not config.has_option(SECTION, name):
            config.set(SECTION, name, str(code))
