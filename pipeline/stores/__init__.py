"""The only connections to the outside: upstream databases, S3, warehouse, folder of designs."""
