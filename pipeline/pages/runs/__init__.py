"""Timeline, critical path, and what differs from the runs before; pages/run.py collects them."""
