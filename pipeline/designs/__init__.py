"""Designs: what each relation of the warehouse looks like, where its rows come from and what it depends on."""
