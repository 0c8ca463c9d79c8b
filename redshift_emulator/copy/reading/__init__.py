"""Files in Amazon S3, from the list of their names to rows for PostgreSQL."""
