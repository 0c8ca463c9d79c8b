"""Check events with the classes of openlineage-python, which refuse unknown and missing fields."""

import importlib
import pkgutil
import types
from typing import Any, Union, get_args, get_origin, get_type_hints

import attr
from openlineage.client import generated
from openlineage.client.generated import base

OWN = {"_producer", "_schemaURL"}


def _facet_classes() -> dict[str, type]:
    """Return the class of each facet by the URL of its schema."""
    found = {}
    for module in pkgutil.iter_modules(generated.__path__, f"{generated.__name__}."):
        for value in vars(importlib.import_module(module.name)).values():
            if isinstance(value, type) and issubclass(value, base.BaseFacet):
                found[value._get_schema()] = value
    return found


CLASSES = _facet_classes()

KEYS = {"DatasetVersionDatasetFacet": "version"}
"""The keys of facets whose schemas are named in another way."""

CONTAINERS = {
    (base.Run, "facets"): base.RunFacet,
    (base.Job, "facets"): base.JobFacet,
    (base.InputDataset, "facets"): base.DatasetFacet,
    (base.OutputDataset, "facets"): base.DatasetFacet,
    (base.InputDataset, "inputFacets"): base.InputDatasetFacet,
    (base.OutputDataset, "outputFacets"): base.OutputDatasetFacet,
}
"""What kind of facets each field holds."""


def check_event(record: dict[str, Any]) -> base.RunEvent:
    """Return the event; fail unless it and its facets are as specified."""
    event = _structured(base.RunEvent, record)
    assert event.schemaURL == record["schemaURL"]
    assert event.eventType in base.EventType
    return event


def _structured(cls: type, record: dict[str, Any]) -> Any:
    known = {field.name: field for field in attr.fields(cls)}
    types_of = get_type_hints(cls)
    values = {}
    for key, value in record.items():
        assert key in known, f"{cls.__name__} has no field {key}"
        if known[key].init and key not in OWN:
            kind = CONTAINERS.get((cls, key))
            values[key] = (
                {name: _facet(kind, name, each) for name, each in value.items()}
                if kind
                else _value(types_of[key], value, f"{cls.__name__}.{key}")
            )
    return cls(**values)


def _facet(kind: type, name: str, record: dict[str, Any]) -> Any:
    found = CLASSES[record["_schemaURL"]]
    assert issubclass(found, kind), f"{name} is no {kind.__name__}"
    assert record["_producer"].startswith("https://")
    key = KEYS.get(found.__name__, found.__name__)
    assert key.lower().startswith(name.lower()), f"{name} is not the key of {key}"
    return _structured(found, record)


def _value(kind: Any, value: Any, place: str) -> Any:
    if get_origin(kind) in {Union, types.UnionType}:
        choices = [each for each in get_args(kind) if each is not type(None)]
        kind = choices[0]
    if attr.has(kind):
        return _structured(kind, value)
    if get_origin(kind) is list:
        return [_value(get_args(kind)[0], each, place) for each in value]
    if get_origin(kind) is dict:
        return {key: _value(get_args(kind)[1], each, place) for key, each in value.items()}
    if isinstance(kind, type) and issubclass(kind, base.EventType):
        return kind(value)
    if kind is not Any:
        assert isinstance(value, kind), f"{place}: {value!r} is no {kind}"
    return value
