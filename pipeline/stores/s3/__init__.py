"""Objects and uploads in S3."""
