"""Functions and procedures of users."""
