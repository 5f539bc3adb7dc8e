"""The meta-training loop: its results, interruptions, times and errors."""

import shutil
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from maml_tf import (
    MLP,
    Adam,
    Checkpoint,
    CheckpointError,
    Diverged,
    InnerLoop,
    Protocol,
    Selection,
    SettingError,
    Trained,
    Training,
    input_seconds,
    learners,
    softmax_cross_entropy,
    squared_error,
    train,
)
from maml_tf.checkpoint import History, Run
from maml_tf.datasets import glyphs
from maml_tf.interfaces import TaskDistribution
from maml_tf.learners import Learner
from maml_tf.state import State
from maml_tf.tasks import FewShotImages, pixels
from tests.maml_tf.problems import LEARNERS, SINUSOID, DoubleTasks, double, meta_batch
from tests.maml_tf.reference import largest_difference

# Chunks of 4, 4 and 2 meta-iterations.
TRAINING = Training(iterations=10, meta_batch=2, chunk=4, unroll=1, seed=3)
PRETRAIN, MAML = LEARNERS["pretraining"], LEARNERS["MAML"]


def by_hand(learner: Learner, tasks: TaskDistribution, training: Training) -> tuple[Any, list[float]]:
    """Trains by one update after another, without a graph."""
    state, losses = learner.begin(training.seed), []
    for start in range(0, training.iterations, training.chunk):
        length = min(training.chunk, training.iterations - start)
        plan = tasks.sample((training.seed, start), length * training.meta_batch)
        updates = []
        for first in range(0, length * training.meta_batch, training.meta_batch):
            part = tf.nest.map_structure(lambda tensor, first=first: tensor[first : first + training.meta_batch], plan)
            updates.append(float(learner.update(state, tasks.episodes(part))))
        losses.append(float(np.mean(updates)))
    return state.parameters, losses


def is_same(one: Trained, other: Trained) -> bool:
    """Returns whether two runs ended with the same bits."""
    return np.array_equal(one.losses, other.losses) and largest_difference(one.parameters, other.parameters) == 0


def resumed(checkpoint: Checkpoint, state: State) -> History:
    """Restores the state of a checkpoint and returns its history."""
    return checkpoint.resume(Run(state=state, selection=None, settings={}, iterations=TRAINING.iterations))


@pytest.fixture(scope="module")
def uninterrupted() -> Trained:
    return train(PRETRAIN, SINUSOID, TRAINING)


@pytest.fixture
def checkpoint(tmp_path: Path) -> Checkpoint:
    return Checkpoint(path=tmp_path / "state.npz", run="one", every=3600)


@pytest.mark.parametrize("name", list(LEARNERS))
def test_training_is_one_update_after_another(name: str) -> None:
    learner, tasks = double(LEARNERS[name]), DoubleTasks(tasks=SINUSOID)

    training = replace(TRAINING, meta_batch=meta_batch(name))

    trained = train(learner, tasks, training)

    parameters, losses = by_hand(learner, tasks, training)
    assert largest_difference(trained.parameters, parameters) < 1e-12
    np.testing.assert_array_equal(trained.losses[:, 0], [4, 8, 10])
    np.testing.assert_allclose(trained.losses[:, 1], losses, rtol=1e-6)
    assert all(value.dtype == tf.float64 for value in tf.nest.flatten(trained.parameters))


def test_the_same_seed_gives_the_same_bits(uninterrupted: Trained) -> None:
    assert is_same(train(PRETRAIN, SINUSOID, TRAINING), uninterrupted)


@pytest.mark.parametrize("unroll", [2, 3, 4])
def test_unrolling_changes_nothing(uninterrupted: Trained, unroll: int) -> None:
    assert is_same(train(PRETRAIN, SINUSOID, replace(TRAINING, unroll=unroll)), uninterrupted)


@pytest.mark.parametrize("name", ["MAML", "multi-task"])
def test_unrolling_changes_nothing_for_other_learners(name: str) -> None:
    usual = replace(TRAINING, iterations=4, meta_batch=meta_batch(name))
    once, often = (replace(usual, unroll=unroll) for unroll in (1, 2))

    assert is_same(train(LEARNERS[name], SINUSOID, once), train(LEARNERS[name], SINUSOID, often))


@pytest.mark.parametrize(
    "change",
    [{"seed": 4}, {"meta_batch": 3}, {"iterations": 8}, {"chunk": 5}],
    ids=lambda change: next(iter(change)),
)
def test_every_other_setting_changes_the_outcome(change: dict[str, Any]) -> None:
    usual, changed = (train(PRETRAIN, SINUSOID, chosen) for chosen in (TRAINING, replace(TRAINING, **change)))

    assert largest_difference(changed.parameters, usual.parameters) > 1e-4


def test_xla_changes_no_more_than_rounding() -> None:
    learner, tasks = double(MAML), DoubleTasks(tasks=SINUSOID)
    plain, compiled = (train(learner, tasks, replace(TRAINING, unroll=2, xla=xla)) for xla in (False, True))
    assert 0 < largest_difference(plain.parameters, compiled.parameters) < 1e-12
    np.testing.assert_allclose(plain.losses, compiled.losses, rtol=1e-12)


@pytest.mark.parametrize("xla", [False, True])
@pytest.mark.parametrize(("chunk", "ends"), [(1, [3, 4, 6, 8, 9, 10]), (2, [4, 6, 8, 10]), (4, [4, 8, 10])])
def test_chunks_that_are_computed_together_have_the_bits_of_one_after_another(
    chunk: int, ends: list[int], xla: bool
) -> None:
    training, told = replace(TRAINING, chunk=chunk, xla=xla), list[int]()
    selection = Selection(
        tasks=SINUSOID, protocol=Protocol(tasks=2, steps=1), score=squared_error, every=4, better="lower"
    )

    once = train(PRETRAIN, SINUSOID, training)
    together = replace(training, chunks_at_once=3)
    trained = train(PRETRAIN, SINUSOID, together, progress=lambda done, _: told.append(done), selection=selection)

    assert is_same(trained, once)
    assert told == ends  # no call passes a candidate of the selection
    assert trained.validation[:, 0].tolist() == [4, 8]


def test_a_run_resumes_in_the_middle_of_a_call(uninterrupted: Trained, checkpoint: Checkpoint) -> None:
    train(PRETRAIN, SINUSOID, replace(TRAINING, iterations=4), checkpoint=checkpoint)

    told = list[int]()
    together = replace(TRAINING, chunks_at_once=2)
    ended = train(PRETRAIN, SINUSOID, together, checkpoint=checkpoint, progress=lambda done, _: told.append(done))

    assert is_same(ended, uninterrupted)
    assert told == [8, 10]


def test_xla_fetches_images_as_on_a_gpu_and_learns_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    network = MLP(inputs=28 * 28, hidden=(4,), outputs=2)
    inner_loop = InnerLoop(steps=2, learning_rate=0.1)
    learner = learners.MAML(network=network, loss=softmax_cross_entropy, inner_loop=inner_loop)
    tasks = FewShotImages(images=glyphs(alphabets=2, drawings=2), ways=2, shot=1, query=1, rotations=True)

    plain = train(learner, tasks, TRAINING)
    monkeypatch.setattr(pixels, "on_gpu", lambda: True)
    compiled = train(learner, tasks, replace(TRAINING, xla=True))

    assert 0 < largest_difference(plain.parameters, compiled.parameters) < 1e-3
    np.testing.assert_allclose(compiled.losses, plain.losses, rtol=1e-3)


def test_a_training_of_no_iteration_leaves_the_initialisation() -> None:
    trained = train(PRETRAIN, SINUSOID, replace(TRAINING, iterations=0))

    assert largest_difference(trained.parameters, PRETRAIN.begin(TRAINING.seed).parameters) == 0
    assert trained.losses.shape == (0, 2)
    assert trained.seconds == trained.seconds_per_iteration == 0


def test_progress_is_reported_after_each_chunk() -> None:
    reports: list[tuple[int, float]] = []

    trained = train(PRETRAIN, SINUSOID, TRAINING, progress=lambda *report: reports.append(report))

    np.testing.assert_array_equal(trained.losses, reports)


def interrupt_in_progress(at: int) -> Any:
    def progress(done: int, loss: float) -> None:
        if done == at:
            raise KeyboardInterrupt

    return progress


@pytest.mark.parametrize("at", [4, 8, 10])
def test_an_interrupted_run_resumes_to_the_same_bits(uninterrupted: Trained, checkpoint: Checkpoint, at: int) -> None:
    with pytest.raises(KeyboardInterrupt):
        train(PRETRAIN, SINUSOID, TRAINING, checkpoint=checkpoint, progress=interrupt_in_progress(at))
    reports: list[int] = []

    trained = train(PRETRAIN, SINUSOID, TRAINING, checkpoint=checkpoint, progress=lambda done, _: reports.append(done))

    assert is_same(trained, uninterrupted)
    assert reports == [done for done in (4, 8, 10) if done > at]


@pytest.mark.parametrize("name", ["MAML", "multi-task"])
def test_other_learners_resume_to_the_same_bits(name: str, checkpoint: Checkpoint) -> None:
    whole_chunks = replace(TRAINING, iterations=8, meta_batch=meta_batch(name))
    uninterrupted = train(LEARNERS[name], SINUSOID, whole_chunks)
    with pytest.raises(KeyboardInterrupt):
        train(LEARNERS[name], SINUSOID, whole_chunks, checkpoint=checkpoint, progress=interrupt_in_progress(4))

    assert is_same(train(LEARNERS[name], SINUSOID, whole_chunks, checkpoint=checkpoint), uninterrupted)


@pytest.mark.parametrize("calls", [1, 2, 3, 4, 6, 9])
def test_an_interrupt_within_a_chunk_loses_that_chunk_alone(
    uninterrupted: Trained, checkpoint: Checkpoint, calls: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The clock is read once, then three times per chunk. Ctrl-C during a computation takes effect when it returns.
    clock, left = time.perf_counter, [calls]

    def interrupted_clock() -> float:
        left[0] -= 1
        if left[0] == 0:
            raise KeyboardInterrupt
        return clock()

    monkeypatch.setattr(time, "perf_counter", interrupted_clock)
    with pytest.raises(KeyboardInterrupt):
        train(PRETRAIN, SINUSOID, TRAINING, checkpoint=checkpoint)
    monkeypatch.undo()

    chunks = max(calls - 2, 0) // 3
    history = resumed(checkpoint, PRETRAIN.begin(0))
    assert [done for done, *_ in history] == [4, 8, 10][:chunks]
    assert is_same(train(PRETRAIN, SINUSOID, TRAINING, checkpoint=checkpoint), uninterrupted)


def test_a_complete_run_is_saved_even_if_no_checkpoint_is_due(uninterrupted: Trained, checkpoint: Checkpoint) -> None:
    train(PRETRAIN, SINUSOID, TRAINING, checkpoint=checkpoint)

    state = PRETRAIN.begin(0)
    assert [done for done, *_ in resumed(checkpoint, state)] == [4, 8, 10]
    assert largest_difference(state.parameters, uninterrupted.parameters) == 0


def test_a_killed_run_resumes_from_its_last_checkpoint(uninterrupted: Trained, tmp_path: Path) -> None:
    regular = Checkpoint(path=tmp_path / "state.npz", run="one", every=0.0)

    def keep_a_copy(done: int, loss: float) -> None:
        # A process that is killed now leaves what is on disk now.
        shutil.copy(regular.path, tmp_path / f"{done}.npz")

    train(PRETRAIN, SINUSOID, TRAINING, checkpoint=regular, progress=keep_a_copy)

    for done in (4, 8, 10):
        left = Checkpoint(path=tmp_path / f"{done}.npz", run="one")
        assert is_same(train(PRETRAIN, SINUSOID, TRAINING, checkpoint=left), uninterrupted)


def interrupted(checkpoint: Checkpoint, at: int = 8) -> None:
    with pytest.raises(KeyboardInterrupt):
        train(PRETRAIN, SINUSOID, TRAINING, checkpoint=checkpoint, progress=interrupt_in_progress(at))


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"seed": 4}, "its seed is 3, not 4"),
        ({"meta_batch": 3}, "its meta_batch is 2, not 3"),
        ({"chunk": 2}, "its chunk is 4, not 2"),
        ({"iterations": 7}, "it has done 8 meta-iterations, more than 7"),
    ],
)
def test_a_run_does_not_go_on_with_other_settings(change: dict[str, Any], reason: str, checkpoint: Checkpoint) -> None:
    interrupted(checkpoint)
    before = checkpoint.path.read_bytes()

    with pytest.raises(CheckpointError) as raised:
        train(PRETRAIN, SINUSOID, replace(TRAINING, **change), checkpoint=checkpoint)

    assert str(raised.value) == f"{checkpoint.path} does not fit this run ({reason}); delete it"
    assert checkpoint.path.read_bytes() == before


def test_a_run_can_be_taken_further(checkpoint: Checkpoint) -> None:
    interrupted(checkpoint)
    longer = replace(TRAINING, iterations=12, unroll=2)

    trained = train(PRETRAIN, SINUSOID, longer, checkpoint=checkpoint)

    assert is_same(trained, train(PRETRAIN, SINUSOID, longer))


def test_a_checkpoint_of_an_earlier_version_knows_no_settings(uninterrupted: Trained, checkpoint: Checkpoint) -> None:
    interrupted(checkpoint)
    arrays = {name: array for name, array in np.load(checkpoint.path).items() if not name.startswith("training/")}
    np.savez(checkpoint.path, **arrays)

    assert is_same(train(PRETRAIN, SINUSOID, TRAINING, checkpoint=checkpoint), uninterrupted)


def test_any_other_error_keeps_the_state_too(checkpoint: Checkpoint) -> None:
    def fail(done: int, loss: float) -> None:
        raise RuntimeError("the terminal is gone")

    with pytest.raises(RuntimeError, match="the terminal is gone"):
        train(PRETRAIN, SINUSOID, TRAINING, checkpoint=checkpoint, progress=fail)

    assert [done for done, *_ in resumed(checkpoint, PRETRAIN.begin(0))] == [4]


def test_without_a_checkpoint_an_interrupt_goes_through() -> None:
    with pytest.raises(KeyboardInterrupt):
        train(PRETRAIN, SINUSOID, TRAINING, progress=interrupt_in_progress(4))


def test_times_are_summed_over_interrupted_runs(checkpoint: Checkpoint) -> None:
    state = PRETRAIN.begin(0)
    state.iteration.assign(10)
    checkpoint.save(state.snapshot(), [(4, 1.0, 100.0, 90.0), (8, 1.0, 9.0, 8.0), (10, 1.0, 2.0, 1.0)])

    trained = train(PRETRAIN, SINUSOID, TRAINING, checkpoint=checkpoint)

    assert trained.seconds == 111.0
    assert trained.seconds_per_iteration == 2.0, "the first chunks of 4 and of 2 were compiled"


@dataclass(kw_only=True)
class Slow:
    """A learner, tasks and a selection that advance a simulated clock; sampling is called when a chunk is compiled.

    Meta-validation takes 100 seconds, an update 1, compilation 1000 and the report of progress 10.
    """

    now: float = 0.0

    def clock(self) -> float:
        return self.now

    def pass_by(self, seconds: float) -> np.float32:
        self.now += seconds
        return np.float32(0.0)

    def report(self, done: int, loss: float) -> None:
        self.pass_by(10.0)

    def begin(self, seed: int) -> Any:
        return PRETRAIN.begin(seed)

    def predict(self, parameters: Any, episodes: Any, steps: int) -> Any:
        self.pass_by(100.0)
        return PRETRAIN.predict(parameters, episodes, steps)

    def update(self, state: Any, episodes: Any) -> Any:
        with tf.control_dependencies([tf.numpy_function(lambda: self.pass_by(1.0), [], tf.float32)]):
            return PRETRAIN.update(state, episodes)

    def sample(self, seed: Any, tasks: int) -> Any:
        self.pass_by(1000.0)
        return SINUSOID.sample(seed, tasks)

    def episodes(self, plan: Any) -> Any:
        return SINUSOID.episodes(plan)


def timed(monkeypatch: pytest.MonkeyPatch, checkpoint: Checkpoint | None = None, **changes: Any) -> Trained:
    slow = Slow()
    monkeypatch.setattr(time, "perf_counter", slow.clock)
    return train(
        slow,
        slow,
        replace(TRAINING, **changes),
        checkpoint=checkpoint,
        progress=slow.report,
        selection=Selection(
            tasks=SINUSOID, protocol=Protocol(tasks=1, steps=0), score=squared_error, every=4, better="lower"
        ),
    )


def test_the_time_of_the_loop_is_all_that_passes_up_to_the_end_of_its_last_chunk(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert timed(monkeypatch).seconds == 10 * 1.0 + 2 * 100.0 + 2 * 1000.0 + 2 * 10.0


@pytest.mark.parametrize(
    ("iterations", "seconds"),
    # One chunk; chunks of 4 and 2; of 4 and 4; of 4, 4 and 2. If all were compiled, the time includes compilation.
    [(4, 1004 / 4), (6, (1004 / 4 + 1002 / 2) / 2), (8, 1.0), (10, 1.0)],
)
def test_the_time_of_a_meta_iteration_is_without_compilation_and_meta_validation(
    iterations: int, seconds: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert timed(monkeypatch, iterations=iterations).seconds_per_iteration == seconds


def test_the_time_of_a_meta_iteration_is_without_the_compilation_of_a_resumed_run(
    checkpoint: Checkpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    checkpoint.every = 0.0
    timed(monkeypatch, checkpoint, iterations=8)

    # Of the three chunks the first one and the last one were compiled.
    assert timed(monkeypatch, checkpoint, iterations=12).seconds_per_iteration == 1.0


def test_divergence_is_reported_and_the_last_checkpoint_is_kept(checkpoint: Checkpoint) -> None:
    wild = replace(PRETRAIN, meta_optimizer=Adam(learning_rate=1e15))  # type: ignore[type-var]
    one_by_one = replace(TRAINING, chunk=1)

    with pytest.raises(Diverged, match=r"the loss became (inf|nan) between meta-iterations 1 and 2"):
        train(wild, SINUSOID, one_by_one, checkpoint=checkpoint)

    state = wild.begin(0)
    assert [done for done, *_ in resumed(checkpoint, state)] == [1]
    assert all(np.isfinite(value).all() for value in tf.nest.flatten(state.parameters))
    with pytest.raises(Diverged, match="between meta-iterations 1 and 2"):
        train(wild, SINUSOID, one_by_one, checkpoint=checkpoint)


def test_divergence_of_the_inner_loop_is_reported() -> None:
    wild = replace(MAML, inner_loop=InnerLoop(steps=3, learning_rate=1e15))  # type: ignore[type-var]

    with pytest.raises(Diverged, match=r"the loss became (inf|nan) between meta-iterations 0 and 4"):
        train(wild, SINUSOID, TRAINING)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"iterations": -1}, "iterations must be 0 or more, not -1"),
        ({"meta_batch": 0}, "meta_batch must be 1 or more, not 0"),
        ({"chunk": 0}, "chunk must be 1 or more, not 0"),
        ({"unroll": 0}, "unroll must be 1 or more, not 0"),
        ({"chunks_at_once": 0}, "chunks_at_once must be 1 or more, not 0"),
        ({"seed": -1}, "seed must be 0 or more, not -1"),
    ],
)
def test_a_setting_out_of_range_is_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(SettingError, match=message):
        replace(TRAINING, **change)


def test_the_time_of_the_input_side_is_measured_over_all_examples() -> None:
    drawn: list[int] = []

    class Watched:
        def sample(self, seed: Any, tasks: int) -> Any:
            drawn.append(tasks)
            return SINUSOID.sample(seed, tasks)

        def episodes(self, plan: Any) -> Any:
            return SINUSOID.episodes(plan)

    seconds = input_seconds(Watched(), TRAINING)
    assert 0 < seconds < float("inf")
    assert drawn == [TRAINING.chunk * TRAINING.meta_batch]


def test_tasks_that_are_drawn_once_for_all_are_refused() -> None:
    class Numpy:
        def sample(self, seed: Any, tasks: int) -> Any:
            drawn = np.random.default_rng(0).integers(1000, size=2)
            return SINUSOID.sample(tf.constant(drawn), tasks)

        def episodes(self, plan: Any) -> Any:
            return SINUSOID.episodes(plan)

    with pytest.raises(SettingError, match=r"by TensorFlow operations of the seed, which Numpy\.sample does not use"):
        train(PRETRAIN, Numpy(), TRAINING)


def test_a_meta_batch_in_parts_needs_a_chunk_of_one() -> None:
    parts = replace(MAML, tasks_at_once=1)  # type: ignore[type-var]
    with pytest.raises(SettingError, match="tasks_at_once needs a chunk of 1, not 4"):
        train(parts, SINUSOID, TRAINING)
    training = replace(TRAINING, chunk=1)
    in_parts, whole = train(parts, SINUSOID, training), train(MAML, SINUSOID, training)
    np.testing.assert_allclose(in_parts.losses, whole.losses, rtol=1e-4)
