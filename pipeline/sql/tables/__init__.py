"""Statements that create, fill, verify and replace tables and views."""
