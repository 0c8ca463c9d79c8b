"""Checks of everything that a run needs, each with what to do about a fault."""
