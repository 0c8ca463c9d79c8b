"""A stand-in that speaks the PostgreSQL protocol and keeps to the rules of Amazon Redshift."""
