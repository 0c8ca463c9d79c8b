"""The local stack: an embedded PostgreSQL, an S3 server and a Redshift stand-in, on loopback."""
