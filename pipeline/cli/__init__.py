"""The command ``pipeline``: commands outside the task graph."""

from pipeline.cli.main import main

__all__ = ["main"]
