"""The local S3 server."""
