"""Tests of queries: cases with the rows that a query reads, and those that it must return."""
