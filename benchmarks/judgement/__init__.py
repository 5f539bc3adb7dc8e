"""What records say of the paper, which informs, and of accepted baselines, which gates."""
