"""Records of what was measured, accepted baselines, and published references."""
