"""What PG_LAST_COPY_COUNT() and PG_LAST_COPY_ID() return, and those of UNLOAD."""

from dataclasses import dataclass


@dataclass(slots=True)
class LastCopy:
    """The number of rows and the query ID of a session's last COPY or UNLOAD."""

    count: int = 0
    copy_id: int = -1
