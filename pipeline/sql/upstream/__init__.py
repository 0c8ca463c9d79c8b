"""Statements for an upstream PostgreSQL database."""
