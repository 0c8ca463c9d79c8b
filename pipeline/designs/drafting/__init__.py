"""Drafts of designs from upstream tables: columns, layout, and merging into existing files."""
