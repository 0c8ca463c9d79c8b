"""Static pages about the relations of a warehouse: their values, layout and rendering; no I/O."""
