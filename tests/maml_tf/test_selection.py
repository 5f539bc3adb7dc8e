"""Model selection: the best candidate on meta-validation tasks is kept, also across interruptions."""

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from maml_tf import (
    MAML,
    MLP,
    Checkpoint,
    InnerLoop,
    Protocol,
    Selection,
    SettingError,
    Sinusoid,
    Training,
    squared_error,
    train,
)
from maml_tf.interfaces import Episodes, Examples, Parameters
from maml_tf.state import State

TRAINING = Training(iterations=10, meta_batch=1, chunk=1, unroll=1)


@dataclass
class Scripted:
    """A learner whose score on every task is given by a script, for each meta-iteration."""

    script: tuple[float, ...]
    seen: list[int] = field(default_factory=list)

    def begin(self, seed: int) -> State:
        del seed
        return State({"at": tf.constant(0)})

    def update(self, state: State, episodes: Episodes) -> Any:
        del episodes
        state.iteration.assign_add(1)
        state.assign({"at": tf.cast(state.iteration, tf.int32)})
        return tf.constant(0.0)

    def predict(self, parameters: Parameters, episodes: Episodes, steps: int) -> list[Any]:
        del steps
        at = int(parameters["at"])
        self.seen.append(at)
        return [tf.fill(episodes.query.targets.shape, self.script[at])]


class NoTasks:
    """Tasks without content."""

    def sample(self, seed: Any, tasks: int) -> Any:
        return tf.zeros([tasks, 1, 1]) * tf.cast(seed[0], tf.float32)

    def episodes(self, plan: Any) -> Episodes:
        return Episodes(Examples(plan, plan), Examples(plan, plan), plan[:, 0])


def first(outputs: Any, targets: Any) -> Any:
    del targets
    return outputs[..., 0]


def test_one_graph_serves_all_candidates() -> None:
    sinusoid, learner = (
        Sinusoid(),
        MAML(
            network=MLP(inputs=1, hidden=(3,), outputs=1),
            loss=squared_error,
            inner_loop=InnerLoop(steps=1, learning_rate=0.1),
        ),
    )
    drawn: list[object] = []

    class Watched:
        def sample(self, seed: Any, tasks: int) -> Any:
            return sinusoid.sample(seed, tasks)

        def episodes(self, plan: Any) -> Episodes:
            drawn.append(plan)
            return sinusoid.episodes(plan)

    protocol = Protocol(tasks=4, steps=1, batch=2, compiled=True)
    chosen = Selection(tasks=Watched(), protocol=protocol, score=squared_error, every=1, better="lower")
    state = learner.begin(0)
    for done in (1, 2):
        chosen.consider(learner, state, done)
        state.assign(learner.network.initialize(done))
    assert len(drawn) == 1
    assert chosen.scores[0, 1] != chosen.scores[1, 1]


def selection(every: int = 2, **more: Any) -> Selection:
    settings: dict[str, Any] = {"score": first, "every": every, "better": "higher", **more}
    return Selection(tasks=NoTasks(), protocol=Protocol(tasks=3, steps=0, seed=7), **settings)


SCRIPT = (0.0, 9.0, 3.0, 9.0, 5.0, 9.0, 4.0, 9.0, 5.0, 9.0, 1.0)


def test_the_best_candidate_is_selected_and_the_last_one_kept() -> None:
    learner, chosen = Scripted(SCRIPT), selection()
    trained = train(learner, NoTasks(), TRAINING, selection=chosen)
    assert learner.seen == [2, 4, 6, 8, 10]
    assert int(trained.selected["at"]) == 4  # the first of equals
    assert int(trained.parameters["at"]) == 10
    np.testing.assert_array_equal(trained.validation, [[2, 3], [4, 5], [6, 4], [8, 5], [10, 1]])


def test_without_a_selection_the_last_one_is_selected() -> None:
    trained = train(Scripted(SCRIPT), NoTasks(), TRAINING)
    assert int(trained.selected["at"]) == int(trained.parameters["at"]) == 10
    assert trained.validation.shape == (0, 2)


def test_without_a_candidate_the_last_one_is_selected() -> None:
    trained = train(Scripted(SCRIPT), NoTasks(), TRAINING, selection=selection(every=11))
    assert int(trained.selected["at"]) == 10


def test_a_score_that_is_not_a_number_is_never_the_best() -> None:
    script = (0.0, 0.0, float("nan"), 0.0, 2.0, 0.0, float("nan"), 0.0, 3.0, 0.0, float("nan"))
    trained = train(Scripted(script), NoTasks(), TRAINING, selection=selection())
    assert int(trained.selected["at"]) == 8


def test_the_lowest_score_is_the_best_where_less_is_better() -> None:
    script = (0.0, 0.0, float("nan"), 0.0, 5.0, 0.0, 2.0, 0.0, 3.0, 0.0, 2.0)
    trained = train(Scripted(script), NoTasks(), TRAINING, selection=selection(better="lower"))
    assert int(trained.selected["at"]) == 6  # the first of equals
    np.testing.assert_array_equal(trained.validation[:, 1], [np.inf, 5, 2, 3, 2])


def test_a_chunk_that_would_pass_candidates_by_is_refused() -> None:
    chunks = replace(TRAINING, chunk=4)
    with pytest.raises(SettingError, match=r"selection.every must be a multiple of 4, the chunk, not 6"):
        train(Scripted(SCRIPT), NoTasks(), chunks, selection=selection(every=6))
    trained = train(Scripted(SCRIPT), NoTasks(), chunks, selection=selection(every=8))
    assert trained.validation[:, 0].tolist() == [8]


def test_the_selection_of_another_run_is_refused() -> None:
    used = selection()
    train(Scripted(SCRIPT), NoTasks(), TRAINING, selection=used)
    with pytest.raises(SettingError, match="selection must be a new one, not one with 5 candidates of another run"):
        train(Scripted(SCRIPT), NoTasks(), TRAINING, selection=used)


@pytest.mark.parametrize("stop", [3, 4, 5, 9])
def test_an_interrupted_run_selects_the_same(stop: int, tmp_path: Path) -> None:
    checkpoint = Checkpoint(path=tmp_path / "run.npz", run="one")

    def interrupt(done: int, loss: float) -> None:
        del loss
        if done == stop:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(Scripted(SCRIPT), NoTasks(), TRAINING, checkpoint=checkpoint, selection=selection(), progress=interrupt)
    trained = train(Scripted(SCRIPT), NoTasks(), TRAINING, checkpoint=checkpoint, selection=selection())
    assert int(trained.selected["at"]) == 4
    np.testing.assert_array_equal(trained.validation[:, 0], [2, 4, 6, 8, 10])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"every": 0}, "every must be 1 or more, not 0"),
        ({"better": "larger"}, r"better must be one of \('lower', 'higher'\), not 'larger'"),
    ],
)
def test_a_setting_out_of_range_is_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(SettingError, match=message):
        selection(**change)
