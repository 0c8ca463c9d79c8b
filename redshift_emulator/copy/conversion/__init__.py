"""Fields of a file as values of the table's columns."""
