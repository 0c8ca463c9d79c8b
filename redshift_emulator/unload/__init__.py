"""Redshift's UNLOAD to S3: writes rows of PostgreSQL as Redshift writes files."""
