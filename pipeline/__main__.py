"""``python -m pipeline``: the command ``pipeline`` if its script is not on the PATH."""

from pipeline.cli import main

main(prog_name="pipeline")
