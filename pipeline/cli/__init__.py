"""The command ``pipeline``: what is not a node of the task graph."""

from pipeline.cli.main import main

__all__ = ["main"]
