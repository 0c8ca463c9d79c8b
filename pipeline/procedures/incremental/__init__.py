"""Incremental loads: which rows a run reads, how they are applied, and what is proved."""
