"""The experiments of the paper: one folder for each family, with its declarations and its analysis."""
