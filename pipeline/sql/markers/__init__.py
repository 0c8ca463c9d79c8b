"""Statements about the marker table and the task history."""
