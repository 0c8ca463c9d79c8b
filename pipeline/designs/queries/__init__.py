"""The SQL of derived relations: parsing and name resolution."""
