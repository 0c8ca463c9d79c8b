"""An emulator of Amazon Redshift on a PostgreSQL server."""
