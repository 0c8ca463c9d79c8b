"""YAML and JSON files as checked data, with a line number for every fault."""

from pipeline.documents.reader import Document, Path, read
from pipeline.documents.schema import Schema

__all__ = ["Document", "Path", "Schema", "read"]
