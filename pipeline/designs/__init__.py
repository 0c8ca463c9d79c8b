"""Designs: the definition of each relation of the warehouse, its dependencies and fingerprints."""
