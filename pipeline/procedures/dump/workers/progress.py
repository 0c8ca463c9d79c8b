"""The progress of a dump: a queue of splits that workers share, their results, the first error."""

import threading
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.procedures.dump.job import Delta, PartResult, Split
from pipeline.stores.upstream.facts import Plan


class StoppedError(Exception):
    """Raised inside a worker to end its work after another worker's error."""


@dataclass(frozen=True, slots=True)
class Progress:
    """Amounts so far; ``rows`` are those the server has counted, ``fraction`` is estimated."""

    rows: int
    raw_bytes: int
    bytes: int
    parts: int
    expected_rows: int
    fraction: float | None


class WorkQueue:
    """Splits, results and progress, for the threads that drive workers."""

    def __init__(self, splits: Sequence[Split], plan: Plan, workers: int) -> None:
        self.results: list[PartResult] = []
        self.error: BaseException | None = None
        self._plan = plan
        self._total = Delta(0, 0, 0)
        self._weight_done = 0
        self._raw_done = 0
        self._weights = {split.number: split.weight for split in splits}
        self._splits = deque(splits)
        self._workers = workers
        self._stopped = False
        self._changed = threading.Condition()

    def take(self) -> Split | None:
        """Take the next split; None when there is no more to do."""
        with self._changed:
            return None if self._stopped or not self._splits else self._splits.popleft()

    def add(self, delta: Delta) -> None:
        """Add progress; StoppedError when the work is to end."""
        if self._stopped:
            raise StoppedError
        with self._changed:
            self._total += delta

    def finish(self, result: PartResult) -> None:
        """Record a part that is complete in S3."""
        with self._changed:
            self.results.append(result)
            self._weight_done += self._weights.get(result.number, 0)
            self._raw_done += result.raw_bytes

    def fail(self, error: BaseException) -> None:
        """Stop all workers; the first error is the one that counts."""
        with self._changed:
            if not self._stopped:
                self.error = error
            self._stopped = True
            self._changed.notify_all()

    def leave(self) -> None:
        """Record that a worker has ended."""
        with self._changed:
            self._workers -= 1
            self._changed.notify_all()

    def stop(self) -> None:
        """Stop all workers without recording an error."""
        with self._changed:
            self._stopped = True

    def wait(self, seconds: float) -> bool:
        """Wait until all workers have ended or one has failed; False after ``seconds``."""
        with self._changed:
            return self._changed.wait_for(
                lambda: self._workers == 0 or self.error is not None, seconds
            )

    def progress(self) -> Progress:
        """Estimate the progress from the sizes of finished parts, before the first from the plan.

        ``fraction`` stays below 1 until the dump is verified.
        """
        if self._weight_done:
            expected = self._raw_done * sum(self._weights.values()) / self._weight_done
        else:
            expected = self._plan.rows * self._plan.width
        return Progress(
            rows=self._total.rows,
            raw_bytes=self._total.raw_bytes,
            bytes=self._total.bytes,
            parts=len(self.results),
            expected_rows=self._plan.rows,
            fraction=min(0.99, self._total.raw_bytes / expected) if expected else None,
        )
