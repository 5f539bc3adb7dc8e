"""Running averages of batch normalisation, collected after meta-training."""

import tensorflow as tf

from maml_tf.errors import SettingError
from maml_tf.interfaces import Network, Parameters, TaskDistribution, Tensor
from maml_tf.networks.batch_moments import apply_with_moments
from maml_tf.networks.moments import Moments
from maml_tf.networks.released_weights import ReleasedWeights


def with_running_averages(
    network: Network, parameters: Parameters, tasks: TaskDistribution, *, batches: int, meta_batch: int, seed: int
) -> Parameters:
    """Puts averages of what each normalised layer sees on support sets into the parameters.

    The authors' program keeps no such averages. They are what batch normalisation would hold in evaluation
    mode: plain means, over all tasks, of the mean and of the variance of each support set, which goes through
    the unadapted network. They are for `BatchNormalization(statistics="running averages")`, with `mean` and
    `variance` among the names that the inner loop keeps.

    Args:
        network: a network with batch normalisation of its own, of whatever statistics.
        parameters: its parameters, shared by all tasks.
        tasks: the meta-training distribution.
        batches: how many meta-batches to average over.
        meta_batch: tasks in each.
        seed: chooses the tasks.

    Returns:
        The parameters, with `mean` and `variance` `[units]` beside the `shift` of each normalised layer.

    Raises:
        SettingError: a number is out of range, or the network has no batch normalisation of its own.
    """
    for name, value, least in (("batches", batches, 1), ("meta_batch", meta_batch, 1), ("seed", seed, 0)):
        if value < least:
            raise SettingError(f"{name} must be {least} or more, not {value!r}")
    if isinstance(network, ReleasedWeights):
        network = network.network
    seen = []
    for batch in range(batches):
        support = tasks.episodes(tasks.sample((seed, _AVERAGES_STREAM + batch), meta_batch)).support
        _, found = apply_with_moments(network, parameters, support.inputs)
        if not found:
            raise SettingError(f"running averages need a network with batch normalisation of its own, not {network!r}")
        seen.append(tf.nest.map_structure(_of_each_unit, found))
    averages: dict[str, Moments] = tf.nest.map_structure(lambda *each: tf.reduce_mean(each, axis=0), *seen)
    return parameters | {name: parameters[name] | each._asdict() for name, each in averages.items()}


def _of_each_unit(moment: Tensor) -> Tensor:
    """Averages over tasks: `[tasks, 1, ..., units]` to `[units]`."""
    return tf.reduce_mean(tf.reshape(moment, [-1, moment.shape[-1]]), axis=0)


_AVERAGES_STREAM = 2**41  # neither meta-training nor meta-test draws its tasks from here
