"""Queries against the warehouse's system catalog."""
