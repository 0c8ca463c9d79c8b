"""Messages of failures for others, without values of rows, hosts and secrets."""

from pipeline.errors import PipelineError
from pipeline.pages.messages import masked
from pipeline.procedures.operations.pages.facts import known_words
from pipeline.runtime import current


def masked_message(message: str) -> str:
    """Return a message in which only names and types of the designs are quoted."""
    try:
        known = known_words(current().project.catalog)
    except PipelineError:
        known = frozenset()  # the designs have faults, which are the reason of the failure
    return masked(message, known)
