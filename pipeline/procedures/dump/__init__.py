"""Dump one upstream table into S3: plan its parts, stream them, prove the result."""

from pipeline.procedures.dump.attempt import dump_table
from pipeline.procedures.dump.request import DumpRequest, Progress
from pipeline.procedures.dump.statements import dump_statements

__all__ = ["DumpRequest", "Progress", "dump_statements", "dump_table"]
