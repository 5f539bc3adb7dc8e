"""The catalogue of the suite: one line for each family of experiments."""

from benchmarks.experiments import glyphs, mini_imagenet, omniglot, reinforcement_learning, sinusoid
from benchmarks.family import Catalogue

CATALOGUE = Catalogue(
    families=(
        sinusoid.FAMILY,
        omniglot.FAMILY,
        mini_imagenet.FAMILY,
        reinforcement_learning.FAMILY,
        glyphs.FAMILY,
    )
)
select = CATALOGUE.select
