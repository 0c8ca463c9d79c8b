"""Users, groups and their privileges."""
