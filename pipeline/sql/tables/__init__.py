"""Statements that create, load, verify and replace tables and views."""
