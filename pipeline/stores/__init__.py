"""The only doors to the outside: upstream databases, S3, the warehouse and the folder of designs."""
