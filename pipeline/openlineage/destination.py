"""The destination of events: a file of JSON lines, or an endpoint that takes them by POST."""

from dataclasses import dataclass
from typing import Self
from urllib.parse import urlsplit

from pipeline.errors import ConfigError

ENDPOINT = "/api/v1/lineage"
"""The path of a URL without one; https://openlineage.io/apidocs/openapi/"""


@dataclass(frozen=True, slots=True)
class Destination:
    """A URL, else a path."""

    url: str = ""
    path: str = ""

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read the option; ConfigError for a URL that cannot be used, without its content."""
        if "://" not in text:
            return cls(path=text)
        try:
            parts = urlsplit(text)
            _ = parts.port
        except ValueError:
            raise ConfigError(_fault("is not a URL")) from None
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ConfigError(_fault("is neither a file nor an http or https URL"))
        if parts.username is not None or parts.password is not None or parts.query:
            raise ConfigError(
                _fault("holds a user, a password or a query; put a key into the environment")
            )
        path = parts.path if parts.path.strip("/") else ENDPOINT
        return cls(url=f"{parts.scheme}://{parts.netloc}{path}")

    def __str__(self) -> str:
        return self.url or self.path


def _fault(problem: str) -> str:
    return f"luigi.cfg: [openlineage] destination {problem}"
