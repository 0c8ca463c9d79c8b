"""Data checks: run them on rows before these are published, and keep their results."""
