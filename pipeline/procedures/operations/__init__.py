"""What the commands outside the task graph do."""
