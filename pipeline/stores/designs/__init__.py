"""Design files: the local folder, uploaded copies and the cache of parsed designs."""
