"""Check whether Luigi's central scheduler is running."""

import urllib.error
import urllib.request

TIMEOUT = 5.0


def is_running(url: str) -> bool:
    """Return whether a scheduler answers at ``url``, the ``scheduler_url`` of luigi.cfg."""
    if not url.startswith(("http://", "https://")):
        return False
    try:
        with urllib.request.urlopen(f"{url.rstrip('/')}/api/task_list", timeout=TIMEOUT) as answer:  # noqa: S310  (checked above)
            return bool(answer.status == 200)
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False
