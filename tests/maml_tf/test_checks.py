"""Checks of settings that many declarations share."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from maml_tf import SettingError
from maml_tf.checks import check_names, check_whole_numbers


@dataclass
class Settings:
    size: Any


@pytest.mark.parametrize("value", [1, 7, np.int64(2)])
def test_whole_numbers_are_accepted(value: Any) -> None:
    check_whole_numbers(Settings(value), size=1)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (0, "size must be 1 or more, not 0"),
        (1e3, r"size must be a whole number, not 1000\.0"),
        ("5", "size must be a whole number, not '5'"),
        (None, "size must be a whole number, not None"),
    ],
)
def test_other_values_are_refused(value: Any, message: str) -> None:
    with pytest.raises(SettingError, match=message):
        check_whole_numbers(Settings(value), size=1)


@pytest.mark.parametrize("value", [(), ("bias",), ["kernel", "bias"]])
def test_names_are_accepted(value: Any) -> None:
    check_names("keeps", value)


@pytest.mark.parametrize("value", ["bias", ("bias", 3), None])
def test_what_is_no_tuple_of_names_is_refused(value: Any) -> None:
    with pytest.raises(SettingError, match=r"keeps must be a tuple of strings, not .*bias|None"):
        check_names("keeps", value)
