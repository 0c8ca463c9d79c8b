"""Replace the rows of a relation together with the marker that completes the task."""
