"""Differences between a design and its upstream table."""
