"""Reinforcement learning (section 5.3; Tables 4 and 5; Figures 4 and 5)."""

from benchmarks.experiments.reinforcement_learning.disagreements import DISAGREEMENTS
from benchmarks.family import Family

FAMILY = Family(experiments=(), title="Reinforcement learning", disagreements=DISAGREEMENTS)
