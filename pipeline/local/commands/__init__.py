"""The commands of the local stack, and what they run."""
