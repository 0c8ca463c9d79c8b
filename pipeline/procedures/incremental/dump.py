"""stub"""

from typing import Any


def write_increment(decision: Any, *a: Any, **k: Any) -> Any: ...
