"""One module per family of statements."""
