"""Checks as designs state them: how they are read, and what a design cannot state."""
