"""Statements about users, groups and privileges."""
