"""Paths of the project's files."""

from pathlib import Path

ROOT = Path(__file__).parents[2]
PROGRAMS = ROOT / "tests" / "programs"
"""Scripts that run a luigi command and interfere with it."""
