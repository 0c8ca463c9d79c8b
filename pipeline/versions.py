"""Versions for a bug report. The report names no host, user, path or setting."""

import platform
import re
from collections.abc import Iterator
from importlib import metadata

PACKAGE = "redshift-pipeline"


def package() -> str:
    """Return the version of this package, "not installed" in a checkout on PYTHONPATH."""
    return _installed(PACKAGE)


def report() -> str:
    """Return a line ``name version`` for each component, such as ``luigi 3.8.1``."""
    return "\n".join(f"{name} {version}" for name, version in _versions())


def request() -> str:
    """Return the text that follows an unexpected error."""
    return f"If it persists, report it with the traceback and these versions:\n{report()}"


def _versions() -> Iterator[tuple[str, str]]:
    yield PACKAGE, package()
    yield "Python", f"{platform.python_version()} ({platform.python_implementation()})"
    yield "platform", platform.platform()
    from psycopg2.extensions import libpq_version  # noqa: PLC0415  (few commands need it)

    yield "libpq", f"{libpq_version() // 10000}.{libpq_version() % 10000}"
    for name in sorted({"botocore", *_requirements()}, key=str.lower):
        yield name, _installed(name)


def _requirements() -> Iterator[str]:
    """Yield the packages that this one requires, those of the local stack included."""
    try:
        texts = metadata.requires(PACKAGE) or ()
    except metadata.PackageNotFoundError:
        return
    for text in texts:
        if not re.search(r'extra == "(dev|clients)"', text):
            yield re.split(r"[^\w.-]", text)[0]


def _installed(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return "not installed"
