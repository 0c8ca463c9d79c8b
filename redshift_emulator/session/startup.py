"""The parameters that a client sets as it connects: each by its name, or in ``options``.

https://www.postgresql.org/docs/8.0/protocol-message-formats.html
"""

import re
from collections.abc import Iterator, Mapping

from redshift_emulator.language.errors import NotSupportedError
from redshift_emulator.language.queries.names.catalog_names import refuse_internal
from redshift_emulator.language.tokens import split
from redshift_emulator.session.known_parameters import InitialParameters, initial_parameters

# Parameters of the protocol; the second line holds what Amazon's drivers send.
_OF_PROTOCOL = frozenset(
    {"user", "database", "client_encoding", "options"}
    | {"client_protocol_version", "driver_version", "driver_discovery_version", "os_version"}
    | {"plugin_name"}
)
_OPTION_WORD = re.compile(r"(?:[^\s\\]|\\.)+", re.DOTALL)
_SETTING = re.compile(r"(?:-c\s*|--)([\w.-]+)=(.*)", re.DOTALL)


def startup_parameters(startup: Mapping[str, str]) -> InitialParameters:
    """Return the session's parameters of a startup message; its own win over ``options``."""
    own = {
        name: value
        for name, value in startup.items()
        if name not in _OF_PROTOCOL and not name.startswith("_pq_.")
    }
    initial = initial_parameters({**dict(_options(startup.get("options", ""))), **own})
    for path in split(initial.backend.get("search_path", "")):
        refuse_internal(path)
    return initial


def _options(text: str) -> Iterator[tuple[str, str]]:
    """Yield the settings of ``-c name=value --other-name=value``; a backslash escapes."""
    words = (re.sub(r"\\(.)", r"\1", word, flags=re.DOTALL) for word in _OPTION_WORD.findall(text))
    for word in words:
        option = f"-c{next(words, '')}" if word == "-c" else word
        setting = _SETTING.fullmatch(option)
        if setting is None:
            raise NotSupportedError(
                f'option "{option}" of a connection: not supported by the emulator'
            )
        yield setting[1].replace("-", "_"), setting[2]
