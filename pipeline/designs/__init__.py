"""Designs: what each relation of the warehouse is, how it depends on others, and its identity."""
