"""Queries and expressions: their shape, and how they are written for PostgreSQL."""
