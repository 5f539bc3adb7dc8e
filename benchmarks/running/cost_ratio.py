"""Cost as a ratio: the learner of an experiment and a changed one meta-train in turn, within one run.

Each meta-trains in a process of its own, `python -m benchmarks.running.cost_ratio`, which begins with a line of
settings and waits for a line before each further turn. In turn, because a machine is not equally fast from one
minute to the next; in processes of their own, because a peak of memory is that of a process.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping
from typing import Any, TextIO

import numpy as np

from benchmarks.errors import BenchmarkError
from benchmarks.overrides import overridden
from benchmarks.part import build
from benchmarks.running.launch import gpus, start_tensorflow
from benchmarks.running.memory import PeakMemory


def cost_ratio(settings: Mapping[str, Any], declaration: Mapping[str, Any], seed: int) -> dict[str, np.ndarray]:
    """Measures what a change to the learner saves.

    Args:
        settings: of `Experiment.settings`.
        declaration: `learner`, the changes by dotted path; `rounds`; `iterations`, of each learner in a round.
        seed: of both meta-trainings.

    Returns:
        By metric id, `[rounds]`: `speed-up`, the fraction of time saved; `rate`, the gain in meta-iterations a second;
        `seconds-before` and `seconds-after` the change, of a meta-iteration. And `[1]`: `memory`, the peak after as a
        fraction of the peak before, of whole processes on a CPU; `bytes-before` and `bytes-after`.

    Raises:
        BenchmarkError: a process ended.
    """
    rounds, iterations = declaration["rounds"], declaration["iterations"]
    # The first turn compiles and warms up.
    training = settings["training"] | {"iterations": (rounds + 1) * iterations, "chunk": 1, "unroll": 1, "seed": seed}
    before = {"learner": settings["learner"], "tasks": settings["tasks"], "training": training, "turn": iterations}
    after = before | {"learner": overridden(settings["learner"], declaration["learner"])}
    with _Trainer(before) as first, _Trainer(after) as second:
        first.turn(), second.turn()
        turns = np.array([[first.another_turn(), second.another_turn()] for _ in range(rounds)])
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


def bytes_beside(scores: Mapping[str, np.ndarray]) -> int:
    """The peaks of the processes that made these scores, which ran beside the one that asked for them; 0 for others."""
    return sum(int(scores[name][0]) for name in ("bytes-before", "bytes-after") if name in scores)


class _Trainer:
    """Meta-training in a process of its own."""

    def __init__(self, settings: Mapping[str, Any]) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.running.cost_ratio"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._say(json.dumps(settings))

    def __enter__(self) -> "_Trainer":
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.communicate()

    def another_turn(self) -> tuple[float, float]:
        """Asks for a turn and waits for it."""
        self._say("")
        return self.turn()

    def turn(self) -> tuple[float, float]:
        """Waits for a turn: its seconds, and the peak memory so far in bytes."""
        assert self._process.stdout
        answer = self._process.stdout.readline()
        if not answer:
            raise BenchmarkError(f"meta-training in a process of its own ended with {self._process.wait()}", 1)
        seconds, memory = json.loads(answer)
        return seconds, memory

    def _say(self, line: str) -> None:
        assert self._process.stdin
        try:
            self._process.stdin.write(f"{line}\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            pass  # the empty answer says it


def train_in_turn(settings: Mapping[str, Any], requests: TextIO, answers: TextIO) -> None:
    """Meta-trains, with an answer after each turn and a wait for the next request; no more requests end it."""
    import maml_tf

    learner, tasks = build(settings["learner"]), build(settings["tasks"])
    memory, began = PeakMemory(), time.perf_counter()

    def take_turns(done: int, loss: float) -> None:
        nonlocal began
        if done % settings["turn"]:
            return
        print(json.dumps([time.perf_counter() - began, _peak(memory)]), file=answers, flush=True)
        if not requests.readline():
            sys.exit()
        began = time.perf_counter()

    maml_tf.train(learner, tasks, maml_tf.Training(**settings["training"]), progress=take_turns)


def _peak(memory: PeakMemory) -> int:
    """Of the GPU, if there is one: there the tensors are."""
    import tensorflow as tf

    if gpus():
        return int(tf.config.experimental.get_memory_info("GPU:0")["peak"])
    return memory.bytes()


def main() -> None:
    """Meta-trains as the first line of standard input says."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what libraries print must not mix with the answers
    start_tensorflow()
    train_in_turn(json.loads(sys.stdin.readline()), sys.stdin, answers)


if __name__ == "__main__":
    main()
