"""Checks of settings that many declarations share."""

from numbers import Integral

from maml_tf.errors import SettingError


def check_whole_numbers(settings: object, **least: int) -> None:
    """Checks attributes that must be whole numbers.

    Args:
        settings: What has the attributes.
        **least: The smallest allowed value of each attribute, by its name.

    Raises:
        SettingError: An attribute is no whole number, or below its smallest value.
    """
    for name, smallest in least.items():
        value = getattr(settings, name)
        # A float such as 1e3 would be accepted by comparisons, and fail in TensorFlow after minutes.
        if not isinstance(value, Integral):
            raise SettingError(f"{name} must be a whole number, not {value!r}")
        if value < smallest:
            raise SettingError(f"{name} must be {smallest} or more, not {value!r}")


def check_names(name: str, value: object) -> None:
    """Checks a setting that must be a tuple or list of strings.

    Raises:
        SettingError: It is something else, such as a single string, whose letters would be taken for names.
    """
    if not isinstance(value, tuple | list) or not all(isinstance(each, str) for each in value):
        raise SettingError(f"{name} must be a tuple of strings, not {value!r}")
