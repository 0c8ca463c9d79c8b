"""Statements that read: SELECT, EXPLAIN and cursors, and how their queries are rewritten."""
