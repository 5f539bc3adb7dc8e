"""Comparison of records with the paper, which informs, and with accepted baselines, which gates."""
