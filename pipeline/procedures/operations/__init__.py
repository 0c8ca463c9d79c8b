"""Commands outside the task graph."""
