"""The SQL of derived relations: parsed, and its names resolved."""
