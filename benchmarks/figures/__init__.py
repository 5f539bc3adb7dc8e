"""Curves, pictures and comparisons as plain data for the report."""
