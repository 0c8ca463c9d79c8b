"""Differences between designs and their upstream tables."""
