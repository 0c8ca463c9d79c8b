"""First designs of upstream tables: types, layout, and merging into existing files."""
