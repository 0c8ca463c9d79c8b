"""Whether messages and events of runs can be sent, for ``pipeline doctor``; nothing is sent."""

import importlib.util
import os
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from pipeline.openlineage.destination import Destination
from pipeline.options import openlineage, warehouse
from pipeline.procedures.operations.doctor.finding import Finding, attempt
from pipeline.stores.sender import answers
from pipeline.tasks.run.outside.notify import address


def examine_receivers() -> Iterator[Finding]:
    """Check the recipient of messages and the destination of events, if there are any."""
    if variable := warehouse().notify:
        yield attempt("notify", partial(_recipient, variable))
    if destination := openlineage().destination:
        yield attempt("openlineage", partial(_destination, destination))


def _recipient(variable: str) -> Finding:
    url = address(variable, os.environ)
    if url.lower().startswith(("http://", "https://")):
        return Finding("notify", "ok", f"{variable} holds the URL of a webhook")
    if importlib.util.find_spec("apprise"):
        return Finding("notify", "ok", f"{variable} holds a URL for apprise")
    advice = "pip install 'redshift-pipeline[notify]'"
    return Finding("notify", "warning", f"{variable} holds a URL that needs apprise", advice)


def _destination(text: str) -> Finding:
    place = Destination.parse(text)
    if place.url:
        if answers(place.url):
            return Finding("openlineage", "ok", f"a server answers at {place}")
        advice = "start it, or correct destination in section [openlineage] of luigi.cfg"
        return Finding("openlineage", "warning", f"no server answers at {place}", advice)
    folder = Path(place.path).absolute().parent
    if os.access(folder, os.W_OK):
        return Finding("openlineage", "ok", f"events are written to {place}")
    return Finding("openlineage", "warning", f"cannot write to {folder}", "create the folder")
