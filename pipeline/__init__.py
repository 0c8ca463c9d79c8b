"""Collect PostgreSQL databases into an Amazon Redshift warehouse by way of S3."""
