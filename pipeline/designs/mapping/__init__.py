"""The Redshift types, with expressions, that PostgreSQL types map to."""
