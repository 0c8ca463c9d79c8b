"""The only doors outside: upstream databases, S3, the warehouse and the folder of designs."""
