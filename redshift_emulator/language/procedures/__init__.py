"""Procedures in PL/pgSQL, as text; no I/O."""
