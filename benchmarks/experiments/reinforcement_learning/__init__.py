"""Reinforcement learning (section 5.3; Tables 4 and 5; Figures 4 and 5)."""

from benchmarks.experiments.reinforcement_learning.declarations import EXPERIMENTS
from benchmarks.experiments.reinforcement_learning.disagreements import DISAGREEMENTS
from benchmarks.experiments.reinforcement_learning.sample import sample
from benchmarks.family import Family, TrainingCurve

FAMILY = Family(
    experiments=EXPERIMENTS,
    title="Reinforcement learning",
    disagreements=DISAGREEMENTS,
    analysis="benchmarks.experiments.reinforcement_learning.analysis.ANALYSIS",
    score="average return",
    sample=sample,
    training=TrainingCurve(title="Average return", label="average return", factor=-1.0),
    glossary={
        "return": "The sum of the rewards of a rollout, without discount; shown are averages over rollouts and tasks.",
        "rollout": "One episode of a policy in an environment, from its start to its end or the last time step.",
        "oracle": "A model that is told the task: the goal, or the amplitude and phase of a sinusoid. It shows what is "
        "possible when nothing has to be inferred.",
    },
)
