"""Commands that create, change, list and drop users."""
