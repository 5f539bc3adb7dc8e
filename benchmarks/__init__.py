"""The benchmark suite: experiments, their records, and comparisons with the paper and with accepted baselines."""
