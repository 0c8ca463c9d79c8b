"""Server processes of the local stack: how they start and end, their ports and locks."""
