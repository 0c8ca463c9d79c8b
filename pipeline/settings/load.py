"""Parse sources.json to ``Settings``: check the JSON schema, then rules beyond a schema."""

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from pipeline.documents import Document, Path, Schema, read
from pipeline.errors import ConfigError, Fault, FaultsError
from pipeline.settings.model import Settings
from pipeline.settings.rules import check
from pipeline.settings.sections import Raw, settings_of

CONFIG_VARIABLE = "DATA_WAREHOUSE_CONFIG"
DEFAULT_CONFIG = "config/sources.json"
OVERRIDES = "luigi.cfg"


def config_path(environ: Mapping[str, str]) -> str:
    """Return the path of the configuration file."""
    return environ.get(CONFIG_VARIABLE) or DEFAULT_CONFIG


def load(text: str, *, file: str, user: str, overrides: Raw | None = None) -> Settings:
    """Parse the configuration, JSON or YAML; ConfigError holds all of its faults.

    ``overrides``, from luigi.cfg, has the same form and is merged over the file, key by key. If
    neither has a prefix, it is ``user``.
    """
    over = overrides or {}
    try:
        document = read(file, text)
    except FaultsError as error:
        raise ConfigError(error.faults) from error
    if isinstance(document.data, Mapping):
        document = Document(file, text, merge(document.data, over))
    faults = _schema().faults(document)
    sound = _sound(document.data, _schema().places(document))
    faults += [document.fault(path, message) for path, message in check(sound)]
    if faults:
        raise ConfigError(_at_origin(fault, over) for fault in sorted(faults))
    return settings_of(document.data, user)


def merge(base: Raw, over: Raw) -> dict[str, Any]:
    """Merge ``over`` into ``base``: mappings at every depth; all other values are replaced."""
    merged = dict(base)
    for key, value in over.items():
        below = merged.get(key)
        both = isinstance(below, Mapping) and isinstance(value, Mapping)
        merged[key] = merge(below, value) if both and below is not None else value
    return merged


@cache
def _schema() -> Schema:
    return Schema.load("pipeline.settings", "configuration.schema.json")


def _at_origin(fault: Fault, over: Raw) -> Fault:
    """Return the fault with luigi.cfg as its file if the value comes from there."""
    value: Any = over
    for step in fault.key.split("."):
        if not isinstance(value, Mapping) or step not in value:
            return fault
        value = value[step]
    return Fault(OVERRIDES, fault.key, fault.message)


def _sound(data: Any, places: Iterable[Path]) -> dict[str, Any]:
    """Return the parts without violations of the schema, to which the rules apply.

    A faulty entry of a section is omitted; a faulty source is replaced by None.
    """
    if not isinstance(data, Mapping):
        return {}
    faulty = {place[:2] for place in places if len(place) > 1}
    sound: dict[str, Any] = {}
    for key, section in data.items():
        if key == "sources" and isinstance(section, list):
            sound[key] = [
                None if (key, index) in faulty else item for index, item in enumerate(section)
            ]
        elif key != "sources" and isinstance(section, Mapping):
            kept = [name for name in section if (key, name) not in faulty]
            sound[key] = {name: section[name] for name in kept}
    return sound
