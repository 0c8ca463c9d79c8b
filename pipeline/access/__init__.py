"""Who may do what in the warehouse: desired state, current state, and the difference."""
