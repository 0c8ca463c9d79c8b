"""`python -m pipeline.local`."""

from pipeline.local.extra import local_command

local_command()(prog_name="python -m pipeline.local")
