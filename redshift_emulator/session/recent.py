"""What was found out in the last few states of the catalog, for all sessions."""

import threading
from collections import OrderedDict
from collections.abc import Hashable
from typing import Any

MOST_STATES = 8


class Recent:
    """A dictionary for each state, of which the least recently used are forgotten."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._states: OrderedDict[Hashable, dict[str, Any]] = OrderedDict()

    def of(self, state: Hashable) -> dict[str, Any]:
        """Return what is known of a state, empty if it is new."""
        with self._guard:
            known = self._states.setdefault(state, {})
            self._states.move_to_end(state)
            while len(self._states) > MOST_STATES:
                self._states.popitem(last=False)
            return known
