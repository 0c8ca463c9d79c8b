"""The plan of a run: steps, estimates and statements, without executing anything."""
