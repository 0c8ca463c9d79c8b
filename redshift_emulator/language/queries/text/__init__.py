"""The text of a statement: its shape, edits of it, and what its rewriting needs."""
