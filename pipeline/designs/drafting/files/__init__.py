"""Files of designs: how they are rendered, and changed so that order and comments stay."""
