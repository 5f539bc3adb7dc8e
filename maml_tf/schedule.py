"""How long to meta-train, and in which pieces."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from maml_tf.checks import check_whole_numbers


@dataclass(frozen=True, kw_only=True)
class Training:
    """How long and on how many tasks to meta-train.

    Attributes:
        iterations: Number of meta-iterations.
        meta_batch: Number of tasks in each meta-iteration.
        seed: Seed of the initialisation and of the tasks.
        chunk: Number of meta-iterations that run without interruption. Between chunks there are progress, checkpoints,
            selection and the check for divergence. The tasks of a chunk are sampled together, so another chunk gives
            other tasks.
        unroll: Number of meta-iterations in one pass of the loop inside the graph. A larger number spreads the cost of
            a pass and changes nothing else.
        xla: Whether XLA compiles the meta-iterations of a chunk, after its tasks are drawn, into one program; for
            learners that are given examples. It is much faster on a GPU, which then needs no answer from the CPU within
            a chunk, and for very small networks on a CPU. For convolutions on a CPU it is slower and takes more memory.
            Results differ by rounding, and masks of dropout are others.
        chunks_at_once: Number of chunks that are computed together, with the same tasks and the same bits as one after
            another. A GPU otherwise waits between small chunks. What happens between chunks then happens once for all
            of them; none of them passes a candidate of the selection.

    Raises:
        SettingError: A value is no whole number, or out of range.
    """

    iterations: int
    meta_batch: int
    seed: int = 0
    chunk: int = 500
    unroll: int = 2
    xla: bool = False
    chunks_at_once: int = 1

    def __post_init__(self) -> None:
        check_whole_numbers(self, iterations=0, meta_batch=1, chunk=1, unroll=1, chunks_at_once=1, seed=0)


class Call(NamedTuple):
    """Chunks that are computed together.

    Attributes:
        start: Meta-iterations done before.
        chunks: Number of chunks.
        length: Number of meta-iterations of each chunk.
    """

    start: int
    chunks: int
    length: int

    @property
    def ends(self) -> list[int]:
        """Meta-iterations done after each chunk."""
        return [self.start + (index + 1) * self.length for index in range(self.chunks)]


def calls(done: int, training: Training, every: int | None) -> Iterator[Call]:
    """Divides what is left to do into calls, which end at multiples of `chunks_at_once` chunks where they can.

    A run that ended within a chunk and is taken further ends that chunk first, so that later chunks end where they
    would in any other run.

    Args:
        done: Meta-iterations that are done.
        training: How long to train.
        every: Meta-iterations between two candidates of a selection, which no call passes; None without a selection.
    """
    while done < training.iterations:
        within = done % training.chunk
        length = min(training.chunk - within, training.iterations - done)
        together = training.chunk * (1 if within else training.chunks_at_once)
        ends = [training.iterations, *(size * (done // size + 1) for size in (together, every) if size)]
        call = Call(done, max(1, (min(ends) - done) // length), length)
        yield call
        done = call.ends[-1]
