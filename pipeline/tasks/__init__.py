"""The task graph: what is complete, what it needs, what to run."""
