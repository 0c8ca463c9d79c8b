"""The local stack: an embedded PostgreSQL, an S3 server and a Redshift emulator, on loopback."""
