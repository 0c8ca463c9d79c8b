"""PartiQL: navigation into SUPER values, and their elements and attributes as tables."""
