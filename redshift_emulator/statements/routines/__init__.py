"""Functions of users."""
