"""Redshift's COPY from S3, executed on PostgreSQL by Redshift's rules."""
