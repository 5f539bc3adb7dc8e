"""After meta-training: adaptation to one task, and what a new process reads."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from maml_tf import (
    ANIL,
    MAML,
    MLP,
    BatchNormalization,
    CheckpointError,
    Classifier,
    Conv4,
    Episodes,
    Examples,
    FineTuning,
    InnerLoop,
    KerasNetwork,
    MetaSGD,
    SettingError,
    adapted_to,
    load_adapted,
    load_parameters,
    save_parameters,
    softmax_cross_entropy,
    squared_error,
)
from maml_tf.networks import per_task

LOOP = InnerLoop(steps=2, learning_rate=0.1)
GENERATOR = np.random.default_rng(0)
INPUTS, QUERY = GENERATOR.normal(size=[6, 3]), GENERATOR.normal(size=[4, 3])
TARGETS = GENERATOR.normal(size=[6, 2])
PLAIN = MLP(inputs=3, hidden=(5,), outputs=2, standard_deviation=0.5)
NORMALISED = replace(PLAIN, normalization=BatchNormalization(statistics="support set"))


def keras_network() -> KerasNetwork:
    keras.utils.set_random_seed(1)
    return KerasNetwork(keras.Sequential([keras.Input([3]), keras.layers.Dense(5, "tanh"), keras.layers.Dense(2)]))


LEARNERS: dict[str, Any] = {
    "maml": MAML(network=PLAIN, loss=squared_error, inner_loop=LOOP),
    "normalised": MAML(network=NORMALISED, loss=squared_error, inner_loop=LOOP),
    "anil": ANIL(network=PLAIN, loss=squared_error, inner_loop=LOOP, head=("layer_1",)),
    "meta-sgd": MetaSGD(network=PLAIN, loss=squared_error, inner_loop=LOOP),
    "fine-tuning": FineTuning(network=NORMALISED, loss=squared_error, inner_loop=LOOP, last_layer="layer_1"),
    "keras": MAML(network=keras_network(), loss=squared_error, inner_loop=LOOP),
}


def single(values: np.ndarray) -> tf.Tensor:
    return tf.constant(values[np.newaxis], tf.float32)


@pytest.mark.parametrize("name", LEARNERS)
@pytest.mark.parametrize("steps", [None, 0, 5])
def test_one_task_needs_no_axis_of_tasks(name: str, steps: int | None) -> None:
    learner = LEARNERS[name]
    parameters = learner.begin(0).parameters
    support, query = Examples(single(INPUTS), single(TARGETS)), Examples(single(QUERY), single(QUERY))
    count = LOOP.steps if steps is None else steps
    expected = learner.predict(parameters, Episodes(support, query, tf.zeros([1, 0])), count)[-1][0]

    adapted = adapted_to(learner, parameters, INPUTS, TARGETS, steps)

    np.testing.assert_allclose(adapted.predict(QUERY), expected, rtol=1e-5, atol=1e-6)
    shapes = tf.nest.map_structure(lambda value: value.shape, learner.network.initialize(0))
    assert tf.nest.map_structure(lambda value: value.shape, adapted.parameters) == shapes


def test_running_averages_are_deployed_too() -> None:
    averaged = replace(PLAIN, normalization=BatchNormalization(statistics="running averages"))
    learner = FineTuning(network=averaged, loss=squared_error, inner_loop=LOOP, last_layer="layer_1")
    parameters = Classifier(network=averaged).begin(0).parameters
    adapted = adapted_to(learner, parameters, INPUTS, TARGETS)
    assert adapted.parameters["layer_0"]["mean"].shape == (5,)
    one_by_one = [adapted.predict(QUERY[place : place + 1])[0] for place in range(len(QUERY))]
    np.testing.assert_allclose(adapted.predict(QUERY), one_by_one, rtol=1e-5)


@pytest.mark.parametrize("name", ["normalised", "maml"])
def test_a_new_process_predicts_the_same(name: str, tmp_path: Path) -> None:
    learner = LEARNERS[name]
    adapted = adapted_to(learner, learner.begin(0).parameters, INPUTS, TARGETS)
    adapted.save(tmp_path / "adapted.npz")
    np.save(tmp_path / "query.npy", QUERY)
    program = f"""
import numpy as np, maml_tf
from maml_tf import MLP, BatchNormalization
adapted = maml_tf.load_adapted("adapted.npz", {learner.network!r})
np.save("predicted.npy", adapted.predict(np.load("query.npy")))
"""
    subprocess.run([sys.executable, "-c", program], cwd=tmp_path, check=True)
    np.testing.assert_allclose(np.load(tmp_path / "predicted.npy"), adapted.predict(QUERY), rtol=1e-6)


@pytest.mark.filterwarnings(
    "ignore::DeprecationWarning"
)  # Keras itself warns when it saves with some versions of NumPy
def test_a_new_process_reads_the_files_of_keras_without_this_library(tmp_path: Path) -> None:
    network = keras_network()
    learner = MAML(network=network, loss=squared_error, inner_loop=LOOP)
    adapted = adapted_to(learner, learner.begin(0).parameters, INPUTS, TARGETS)
    expected = adapted.predict(QUERY)
    network.assign(adapted.parameters)
    network.model.save(tmp_path / "adapted.keras")
    network.model.export(tmp_path / "exported", verbose=False)
    np.save(tmp_path / "query.npy", QUERY.astype(np.float32))
    program = """
import keras, numpy as np, tensorflow as tf
query = np.load("query.npy")
np.save("keras.npy", keras.models.load_model("adapted.keras")(query))
exported = tf.saved_model.load("exported")
np.save("exported.npy", exported.serve(query))
"""
    subprocess.run([sys.executable, "-c", program], cwd=tmp_path, check=True)
    for name in ("keras", "exported"):
        np.testing.assert_allclose(np.load(tmp_path / f"{name}.npy"), expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("name", LEARNERS)
def test_parameters_are_read_as_they_were_written(name: str, tmp_path: Path) -> None:
    parameters = LEARNERS[name].begin(0).parameters
    save_parameters(tmp_path / "parameters.npz", parameters)
    restored = load_parameters(tmp_path / "parameters.npz")
    tf.nest.assert_same_structure(restored, parameters)
    for value, expected in zip(tf.nest.flatten(restored), tf.nest.flatten(parameters), strict=True):
        np.testing.assert_array_equal(value, expected)


def test_lists_and_tuples_of_parameters_are_kept(tmp_path: Path) -> None:
    save_parameters(tmp_path / "parameters.npz", {"a/b": [1.0, (2.0, {})], "structure": []})
    assert load_parameters(tmp_path / "parameters.npz") == {"a/b": [1.0, (2.0, {})], "structure": []}
    with pytest.raises(SettingError, match="keys of parameters must be strings, not 1"):
        save_parameters(tmp_path / "parameters.npz", {1: 2.0})


def test_adapted_parameters_are_written_for_each_task(tmp_path: Path) -> None:
    learner = LEARNERS["maml"]
    support = Examples(single(INPUTS), single(TARGETS))
    adapted = learner.adapt(learner.begin(0).parameters, support)[-1]

    save_parameters(tmp_path / "adapted.npz", adapted)

    restored = load_parameters(tmp_path / "adapted.npz")
    np.testing.assert_array_equal(restored["layer_0"]["kernel"], per_task(adapted["layer_0"]["kernel"]))


def test_what_is_no_tensor_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match="parameters must be nested tensors, not object"):
        save_parameters(tmp_path / "parameters.npz", {"kernel": object()})
    assert list(tmp_path.iterdir()) == []


def test_lists_of_numbers_are_a_task() -> None:
    learner = LEARNERS["maml"]
    parameters = learner.begin(0).parameters

    adapted = adapted_to(learner, parameters, INPUTS.tolist(), TARGETS.tolist())

    expected = adapted_to(learner, parameters, INPUTS, TARGETS).predict(QUERY)
    np.testing.assert_array_equal(adapted.predict(QUERY.tolist()), expected)


def test_files_that_are_something_else_are_refused_in_one_line(tmp_path: Path) -> None:
    path = tmp_path / "file.npz"
    with pytest.raises(CheckpointError, match=r"file.npz' cannot be read \(No such file"):
        load_parameters(path)
    for content in (b"", b"PK\x03\x04 and more", b"text"):
        path.write_bytes(content)
        with pytest.raises(CheckpointError, match=r"file.npz' is not a whole file of parameters"):
            load_parameters(path)
    np.savez(path, weights=[1.0])
    with pytest.raises(CheckpointError, match="not a whole file of parameters"):
        load_parameters(path)
    save_parameters(path, PLAIN.initialize(0))
    with pytest.raises(CheckpointError, match=r"is not a file of Adapted\.save"):
        load_adapted(path, PLAIN)
    learner = LEARNERS["maml"]
    adapted_to(learner, learner.begin(0).parameters, INPUTS, TARGETS).save(path)
    with pytest.raises(CheckpointError, match=r"another network: .*\(3, 5\).*, not .*\(3, 6\)"):
        load_adapted(path, replace(PLAIN, hidden=(6,)))


@pytest.mark.parametrize(
    ("learner", "inputs", "targets", "message"),
    [
        (Classifier(network=PLAIN), INPUTS, TARGETS, "learner must be one that adapts, such as MAML, not Classifier"),
        (LEARNERS["maml"], INPUTS, TARGETS[:4], r"as many examples, not \[4, 6\]"),
        (LEARNERS["maml"], INPUTS, TARGETS[:, 0], r"targets must have the axes|must have the same shape"),
        (
            LEARNERS["maml"],
            np.ones([6, 3], int),
            TARGETS,
            "must be float32, like the parameters, not int64: use tf.cast",
        ),
        (LEARNERS["maml"], INPUTS[:, :2], TARGETS, r"3 features in each example, not the shape \(2,\)"),
    ],
)
def test_a_task_that_does_not_fit_is_refused(learner: Any, inputs: Any, targets: Any, message: str) -> None:
    parameters = learner.begin(0).parameters
    with pytest.raises(SettingError, match=message):
        adapted_to(learner, parameters, inputs, targets)


def test_images_are_classified_after_adaptation() -> None:
    network = Conv4(image=(16, 16, 1), outputs=2, filters=4, downsampling="max pool", summary="flatten")
    learner = MAML(network=network, loss=softmax_cross_entropy, inner_loop=InnerLoop(steps=20, learning_rate=0.3))
    images = np.random.default_rng(3).random([12, 16, 16])
    images[6:, :, :8] += 2.0  # the second class is bright on the left
    chosen = [0, 1, 2, 6, 7, 8]
    adapted = adapted_to(learner, network.initialize(0), images[chosen], np.eye(2)[[0, 0, 0, 1, 1, 1]])
    np.testing.assert_array_equal(adapted.predict(images).argmax(axis=-1), [0] * 6 + [1] * 6)
