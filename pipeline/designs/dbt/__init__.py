"""Tests of dbt, as its ``schema.yml`` states them, and the checks that they become."""
