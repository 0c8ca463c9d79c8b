"""The types of computed values, derived from PostgreSQL's analysis of a query."""
