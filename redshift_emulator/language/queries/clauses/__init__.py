"""Clauses that are replaced by what they mean."""
