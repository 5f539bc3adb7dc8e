"""Regression on sinusoids (section 5.1)."""

from benchmarks.experiments.sinusoid.declarations import EXPERIMENTS
from benchmarks.experiments.sinusoid.disagreements import DISAGREEMENTS
from benchmarks.experiments.sinusoid.sample import sample
from benchmarks.family import Family, Race

FAMILY = Family(
    experiments=EXPERIMENTS,
    title="Sinusoids",
    disagreements=DISAGREEMENTS,
    analysis="benchmarks.experiments.sinusoid.analysis.ANALYSIS",
    races={"sinusoid": Race(experiment="sinusoid/maml", chunk=500, graph_steps=5)},
    sample=sample,
)
