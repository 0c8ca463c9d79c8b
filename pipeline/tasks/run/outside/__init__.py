"""What a run sends outside: events for a catalog of lineage, a message to users, pages."""
