"""Renderers of SQL: functions from values to a ``Statement``."""
