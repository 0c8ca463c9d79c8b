"""Rules that a single design must satisfy."""
