"""Costs as ratios: the learner of an experiment and a changed one meta-train alternately, within one run.

They alternate because the speed of a machine changes from one minute to the next. Each meta-trains in a process of
its own, `python -m benchmarks.running.cost_ratio`, because peak memory is that of a whole process. The process
receives its settings first, and then a request before each further turn.
"""

import sys
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from benchmarks.declaring.settings import build, overridden
from benchmarks.running.child import Child, serve
from benchmarks.running.launch import gpu_bytes, gpus, start_tensorflow
from benchmarks.running.memory import PeakMemory


def cost_ratio(settings: Mapping[str, Any], declaration: Mapping[str, Any], seed: int) -> dict[str, np.ndarray]:
    """Measures how much time and memory a change to the learner saves.

    Args:
        settings: From `Experiment.settings`.
        declaration: `learner`, the changes by dotted path; `rounds`; `iterations` of each learner in a round.
        seed: Seed of both meta-trainings.

    Returns:
        By metric id, of shape [rounds]: `speed-up`, the fraction of time saved; `rate`, the relative gain in
        meta-iterations per second; `seconds-before` and `seconds-after`, the duration of a meta-iteration without
        and with the change. Of shape [1]: `memory`, the peak with the change as a fraction of the peak without it
        (of the process on a CPU, of tensors on a GPU); `bytes-before` and `bytes-after`, the two peaks.

    Raises:
        BenchmarkError: A process ended.
    """
    rounds, iterations = declaration["rounds"], declaration["iterations"]
    # The first turn compiles and warms up.
    training = settings["training"] | {"iterations": (rounds + 1) * iterations, "chunk": 1, "unroll": 1, "seed": seed}
    before = {"learner": settings["learner"], "tasks": settings["tasks"], "training": training, "turn": iterations}
    after = before | {"learner": overridden(settings["learner"], declaration["learner"])}
    with Child("benchmarks.running.cost_ratio") as first, Child("benchmarks.running.cost_ratio") as second:
        _turn(first, before), _turn(second, after)
        turns = np.array([[_turn(first), _turn(second)] for _ in range(rounds)])
    seconds, memory = turns[..., 0] / iterations, turns[-1, :, 1]
    return {
        name: np.atleast_1d(values).astype(np.float32)
        for name, values in {
            "speed-up": 1 - seconds[:, 1] / seconds[:, 0],
            "rate": seconds[:, 0] / seconds[:, 1] - 1,
            "memory": memory[1] / memory[0],
            "seconds-before": seconds[:, 0],
            "seconds-after": seconds[:, 1],
            "bytes-before": memory[0],
            "bytes-after": memory[1],
        }.items()
    }


def peak_of_trainers(scores: Mapping[str, np.ndarray]) -> int:
    """Returns the sum of the peaks in bytes of the processes that made these scores; 0 for scores of other tests."""
    return sum(int(scores[name][0]) for name in ("bytes-before", "bytes-after") if name in scores)


def _turn(trainer: Child, request: Mapping[str, Any] | None = None) -> tuple[float, float]:
    """Returns the seconds that a turn took, and the peak memory so far in bytes."""
    trainer.send(request)
    seconds, memory = trainer.receive()
    return seconds, memory


def take_turns(settings: Mapping[str, Any], requests: Iterator[Any], answer: Callable[[Any], None]) -> None:
    """Meta-trains; answers after each turn and waits for the next request. Exits when there are no more requests."""
    import maml_tf

    learner, tasks = build(settings["learner"]), build(settings["tasks"])
    memory, began = PeakMemory(), time.perf_counter()

    def pause(completed: int, loss: float) -> None:
        nonlocal began
        if completed % settings["turn"]:
            return
        answer([time.perf_counter() - began, _peak(memory)])
        for _ in requests:
            began = time.perf_counter()
            return
        sys.exit()

    maml_tf.train(learner, tasks, maml_tf.Training(**settings["training"]), progress=pause)


def _peak(memory: PeakMemory) -> int:
    """Returns the peak memory of the GPU, where the tensors are, if there is one; else of the process."""
    if gpus():
        return gpu_bytes()
    return memory.bytes()


def main() -> None:
    """Meta-trains with the settings of the first request."""
    requests, answer = serve()
    start_tensorflow()
    take_turns(next(requests), requests, answer)


if __name__ == "__main__":
    main()
