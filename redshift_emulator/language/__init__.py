"""Redshift SQL as text: tokens, grammar, types, functions. Pure."""
