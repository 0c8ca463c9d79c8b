"""Calls and literals that are written in place as PostgreSQL understands them."""
