"""Dump one upstream table into S3: plan its parts, stream them, prove the result."""

from pipeline.stores.extract.dump import dump_table
from pipeline.stores.extract.rehearse import rehearse_dump
from pipeline.stores.extract.request import DumpRequest, Progress

__all__ = ["DumpRequest", "Progress", "dump_table", "rehearse_dump"]
