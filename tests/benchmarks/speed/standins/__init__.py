"""Sides of a speed comparison that start fast: MAML of an affine network in NumPy, and versions of it with errors."""
