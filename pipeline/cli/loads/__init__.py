"""Commands about loads: what a run would do, what relations hold, and what to load again."""
