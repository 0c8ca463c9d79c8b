"""`python -m pipeline.local`."""

from pipeline.local.cli import local

local(prog_name="python -m pipeline.local")
