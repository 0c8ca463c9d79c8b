"""What the members of a crew share: orders, results, progress, and the error that stops all."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Sequence

from pipeline.procedures.dump.parts import Moved, PartOrder, PartResult


class StoppedError(Exception):
    """Raised inside a worker to end its work after somebody else's error."""


class Board:
    """Orders, results and progress, for threads."""

    def __init__(self, orders: Sequence[PartOrder], members: int) -> None:
        self.results: list[PartResult] = []
        self.error: BaseException | None = None
        self.moved = Moved(0, 0, 0)
        self.weight_done = 0
        self.raw_done = 0
        self._weights = {order.number: order.weight for order in orders}
        self._orders = deque(orders)
        self._members = members
        self._stopped = False
        self._changed = threading.Condition()

    def take(self) -> PartOrder | None:
        """Take the next order; None when there is no more to do."""
        with self._changed:
            return None if self._stopped or not self._orders else self._orders.popleft()

    def tell(self, moved: Moved) -> None:
        """Record progress; StoppedError when the work is to end."""
        if self._stopped:
            raise StoppedError
        with self._changed:
            self.moved = self.moved.plus(moved)

    def done(self, result: PartResult) -> None:
        """Record a part that lies in S3."""
        with self._changed:
            self.results.append(result)
            self.weight_done += self._weights.get(result.number, 0)
            self.raw_done += result.raw_bytes

    def fail(self, error: BaseException) -> None:
        """Stop everybody; the first error is the one that counts."""
        with self._changed:
            if not self._stopped:
                self.error = error
            self._stopped = True
            self._changed.notify_all()

    def leave(self) -> None:
        """Record that a member has ended its work."""
        with self._changed:
            self._members -= 1
            self._changed.notify_all()

    def stop(self) -> None:
        """Stop everybody without an error of its own."""
        with self._changed:
            self._stopped = True

    def wait(self, seconds: float) -> bool:
        """Wait until all have left or one has failed; False if ``seconds`` were not enough."""
        with self._changed:
            return self._changed.wait_for(
                lambda: self._members == 0 or self.error is not None, seconds
            )
