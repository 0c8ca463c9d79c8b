"""A run that several machines share by its name: what they agree on and report."""
