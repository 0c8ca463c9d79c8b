"""Functions and system tables, by name."""
