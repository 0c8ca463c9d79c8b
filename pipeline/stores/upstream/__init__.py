"""Connections to an upstream PostgreSQL database."""
