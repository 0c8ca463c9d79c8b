"""Load the parser of queries, which a command imports only if it needs it: it takes 0.2 s."""

import importlib


def load_parser() -> None:
    """Import the parser before processes are forked that need it."""
    importlib.import_module("pipeline.designs.queries.columns")
