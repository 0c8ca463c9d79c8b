"""CREATE, ALTER, DROP and TRUNCATE TABLE, and what they share."""
