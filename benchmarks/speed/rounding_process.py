"""Computes the meta-gradient of each task by itself, in single or in double precision, in a process of its own.

Run as `python -m benchmarks.speed.rounding_process`. A request holds an `Assignment`, whether to compute in double
precision, and the path of a file for the meta-gradients, `[tasks, numbers]`. The answer says how many tasks there are.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.running import launch
from benchmarks.running.child import serve
from benchmarks.speed.ours import given_episodes, learner_of, replaced
from benchmarks.speed.program import Assignment


def gradients(assignment: Assignment, *, double: bool) -> NDArray[np.float64]:
    """Returns the meta-gradient of each task, `[tasks, numbers]`, in the order of the names of the parameters."""
    import tensorflow as tf

    learner, arrays, names = learner_of(assignment), assignment.read(), list(assignment.problem.shapes())
    precision = tf.float64 if double else tf.float32
    parameters = tf.nest.map_structure(
        lambda value: tf.cast(value, precision), replaced(learner.begin(0).parameters, arrays)
    )
    leaves = [parameters[layer][leaf] for layer, _, leaf in (name.partition("/") for name in names)]
    episodes = tf.nest.map_structure(lambda each: tf.cast(each, precision), given_episodes(arrays).all())

    @tf.function(autograph=False, jit_compile=launch.compiles())  # type: ignore[untyped-decorator]
    def gradient(episode: Any) -> Any:
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(leaves)
            loss = learner.objective(parameters, episode)
        return tf.concat([tf.reshape(each, [-1]) for each in tape.gradient(loss, leaves)], axis=0)

    found = []
    for task in range(len(episodes.descriptor)):
        episode = tf.nest.map_structure(lambda each, task=task: each[task : task + 1], episodes)
        found.append(gradient(episode).numpy())
    return np.stack(found).astype(np.float64)


def main() -> None:
    """Answers requests until the parent closes."""
    requests, answer = serve()
    launch.start_tensorflow()
    for request in requests:
        found = gradients(Assignment(**request["assignment"]), double=request["double"])
        np.save(request["target"], found)
        answer(len(found))


if __name__ == "__main__":
    main()
