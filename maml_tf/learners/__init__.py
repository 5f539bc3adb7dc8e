"""Learners: one way of meta-training per file."""

from maml_tf.learners.anil import ANIL
from maml_tf.learners.classifier import Classifier
from maml_tf.learners.fine_tuning import FineTuning
from maml_tf.learners.learner import AdaptingLearner, Learner, SamplingLearner
from maml_tf.learners.maml import MAML
from maml_tf.learners.meta_sgd import MetaSGD
from maml_tf.learners.multitask import MultiTask
from maml_tf.learners.nearest_neighbour import NearestNeighbour
from maml_tf.learners.oracle import Oracle
from maml_tf.learners.pretrain import Pretrain

__all__ = [
    "ANIL",
    "MAML",
    "AdaptingLearner",
    "Classifier",
    "FineTuning",
    "Learner",
    "MetaSGD",
    "MultiTask",
    "NearestNeighbour",
    "Oracle",
    "Pretrain",
    "SamplingLearner",
]
