"""The design files: a local folder, uploaded copies, and the cache."""
