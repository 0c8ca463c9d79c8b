"""Drafts of designs from upstream tables: types, layout, and merging into existing files."""
