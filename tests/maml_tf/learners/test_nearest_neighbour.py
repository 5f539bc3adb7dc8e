"""The class of the nearest support example, against NumPy."""

from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from maml_tf import (
    BatchNormalization,
    Conv4,
    Episodes,
    Examples,
    FewShotImages,
    NearestNeighbour,
    Protocol,
    SettingError,
    accuracy,
    evaluate,
)
from maml_tf.learners.nearest_neighbour import Distance
from tests.maml_tf.learners.coloured import COLOURED, SIDE

NETWORK = Conv4(
    image=(SIDE, SIDE, 3),
    outputs=7,
    filters=5,
    downsampling="max pool",
    summary="flatten",
    normalization=BatchNormalization(statistics="support set"),
)
TASKS = FewShotImages(images=COLOURED, ways=3, shot=2, query=4)
DRAWN = TASKS.episodes(TASKS.sample((0, 0), 4))


def nearest(support: Any, query: Any, distance: Distance) -> np.ndarray:
    """Returns the index of the nearest support example for every query example of one task."""
    indices = []
    for example in query:
        if distance == "euclidean":
            distances = [np.sum((example - other) ** 2) for other in support]
        else:
            distances = [-example @ other / np.linalg.norm(example) / np.linalg.norm(other) for other in support]
        indices.append(np.argmin(distances))
    return np.array(indices)


@pytest.mark.parametrize("distance", ["cosine", "euclidean"])
def test_a_query_example_takes_the_class_of_the_nearest_support_example(distance: Distance) -> None:
    # Features of different lengths, for which the two distances disagree.
    drawn = np.random.default_rng(1)
    support, query = (drawn.normal(size=[6, size, 3]).astype(np.float32) for size in (8, 20))
    labels = np.stack([drawn.permutation(np.repeat(np.arange(4), 2)) for _ in range(6)])
    episodes = Episodes(Examples(support, tf.one_hot(labels, 4)), Examples(query, None), tf.zeros([6, 0]))

    outputs = NearestNeighbour(distance=distance).predict({}, episodes, 0)[0]

    assert outputs.shape == (6, 20, 4)
    expected = [labels[task][nearest(support[task], query[task], distance)] for task in range(6)]
    assert np.array_equal(np.argmax(outputs, axis=-1), expected)


def test_the_distances_disagree() -> None:
    support = np.array([[[10.0, 1.0], [1.0, 1.0]]], np.float32)
    query = np.array([[[2.0, 0.2]]], np.float32)
    episodes = Episodes(Examples(support, tf.eye(2)[tf.newaxis]), Examples(query, None), tf.zeros([1, 0]))

    by_angle, by_length = (
        int(tf.argmax(NearestNeighbour(distance=distance).predict({}, episodes, 0)[0][0, 0]))
        for distance in ("cosine", "euclidean")
    )

    assert (by_angle, by_length) == (0, 1)


def test_images_are_compared_by_the_features_of_the_network() -> None:
    parameters = NETWORK.initialize(0)

    outputs = NearestNeighbour(network=NETWORK).predict(parameters, DRAWN, 0)[0]

    support = NETWORK.features(parameters, DRAWN.support.inputs)
    query = NETWORK.features(parameters, DRAWN.query.inputs, DRAWN.support.inputs)
    compared = Episodes(Examples(support, DRAWN.support.targets), Examples(query, None), DRAWN.descriptor)
    np.testing.assert_array_equal(outputs, NearestNeighbour().predict({}, compared, 0)[0])


def test_the_last_layer_has_no_effect() -> None:
    parameters = NETWORK.initialize(0)
    other = parameters | {"linear": NETWORK.initialize(1)["linear"]}

    one, same = (NearestNeighbour(network=NETWORK).predict(chosen, DRAWN, 0)[0] for chosen in (parameters, other))

    np.testing.assert_array_equal(one, same)


def test_without_a_network_pixels_are_compared() -> None:
    scores = evaluate(NearestNeighbour(), {}, TASKS, Protocol(tasks=10, steps=0), accuracy)

    np.testing.assert_array_equal(scores, np.full([1, 10], 100.0))


def test_nothing_adapts() -> None:
    first, *others = NearestNeighbour().predict({}, DRAWN, 2)

    assert len(others) == 2
    for outputs in others:
        np.testing.assert_array_equal(outputs, first)


def test_an_unknown_distance_is_refused() -> None:
    with pytest.raises(SettingError, match=r"distance must be one of \('cosine', 'euclidean'\), not 'manhattan'"):
        NearestNeighbour(distance="manhattan")  # type: ignore[arg-type]
