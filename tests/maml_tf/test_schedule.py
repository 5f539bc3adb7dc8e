"""How meta-training is divided into calls."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maml_tf import SettingError, Training
from maml_tf.schedule import calls


def ends(done: int, iterations: int, every: int | None = None, **changes: Any) -> list[int]:
    training = Training(iterations=iterations, meta_batch=1, **changes)
    return [call.ends[-1] for call in calls(done, training, every)]


def test_a_run_is_divided_into_chunks() -> None:
    assert ends(0, 10, chunk=4) == [4, 8, 10]


def test_a_run_that_ended_within_a_chunk_ends_it_first() -> None:
    assert ends(750, 2000, every=500, chunk=500) == [1000, 1500, 2000]
    assert ends(6, 16, every=4, chunk=4, chunks_at_once=3) == [8, 12, 16]


@given(
    done=st.integers(0, 60),
    more=st.integers(0, 60),
    chunk=st.integers(1, 9),
    times=st.integers(1, 4),
    at=st.integers(1, 5),
)
def test_no_call_passes_a_candidate(done: int, more: int, chunk: int, times: int, at: int) -> None:
    iterations, every = done + more, chunk * times
    found = ends(done, iterations, every, chunk=chunk, chunks_at_once=at)

    assert {number for number in range(done + 1, iterations + 1) if number % every == 0} <= set(found)
    assert found == sorted(set(found))
    assert all(end % chunk == 0 for end in found[:-1])
    assert not found if done == iterations else found[-1] == iterations


@pytest.mark.parametrize(("name", "value"), [("iterations", -1), ("meta_batch", 0), ("chunk", 0), ("unroll", 0)])
def test_a_setting_out_of_range_is_refused(name: str, value: int) -> None:
    with pytest.raises(SettingError, match=f"{name} must be {value + 1} or more, not {value}"):
        Training(**{"iterations": 1, "meta_batch": 1, name: value})  # type: ignore[arg-type]


def test_a_number_of_iterations_that_is_not_whole_is_refused() -> None:
    with pytest.raises(SettingError, match=r"iterations must be a whole number, not 12\.0"):
        Training(iterations=12.0, meta_batch=1)  # type: ignore[arg-type]
