"""The catalogue: what is run, what it measured, and how it compares."""
