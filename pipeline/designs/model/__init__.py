"""What a design states, as values: columns, constraints, checks, types, how a table is loaded."""
