"""The luigi command of a run: usage errors, log, signals, exit code; the one that continues it."""
