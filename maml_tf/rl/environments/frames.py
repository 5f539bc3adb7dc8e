"""Pictures of robots, rendered without a display."""

import io
import os
import subprocess
import sys

import numpy as np
from numpy.typing import ArrayLike, NDArray

from maml_tf.errors import SettingError
from maml_tf.rl.environments.robots import RobotEnvironment

LIBRARIES = ("egl", "osmesa")  # what MuJoCo can render with on machines without a display
PROGRAM = "maml_tf.rl.environments.rendering"


def frames(
    environment: RobotEnvironment, positions: ArrayLike, *, height: int = 240, width: int = 320
) -> NDArray[np.uint8]:
    """Renders a robot in given positions, seen by a camera that follows it from the side.

    The libraries EGL and OSMesa are tried in turn, or only the one that the variable MUJOCO_GL names.

    Args:
        environment: The robot's environment.
        positions: `[frames, positions]`, as `RobotSimulator.positions` gives them.
        height: Height of a picture in pixels, up to 480.
        width: Width of a picture in pixels, up to 640.

    Returns:
        Colours, `[frames, height, width, 3]`.

    Raises:
        SettingError: A package is not installed, a shape does not fit, or no library renders on this machine.
    """
    size = environment.model().nq
    values = np.asarray(positions, np.float64)
    if values.ndim != 2 or values.shape[1] != size or not len(values):
        raise SettingError(f"positions must have shape [frames, {size}], not {list(values.shape)}")
    chosen = os.environ.get("MUJOCO_GL")
    arguments = (environment.robot.name, environment.dynamics, str(height), str(width))
    reasons = []
    for library in [chosen] if chosen else LIBRARIES:
        pictures, reason = _rendered(library, arguments, values)
        if pictures is not None:
            return pictures
        reasons.append(f"{library}: {reason}")
    raise SettingError(f"no picture can be rendered on this machine ({'; '.join(reasons)})")


def _rendered(
    library: str, arguments: tuple[str, ...], positions: NDArray[np.float64]
) -> tuple[NDArray[np.uint8] | None, str]:
    """Returns pictures, or None and the reason why there are none."""
    sent = io.BytesIO()
    np.save(sent, positions, allow_pickle=False)
    variables = {"MUJOCO_GL": library, "PYTHONPATH": os.pathsep.join(each for each in sys.path if each)}
    done = subprocess.run(
        [sys.executable, "-m", PROGRAM, *arguments],
        input=sent.getvalue(),
        capture_output=True,
        env=os.environ | variables,
        check=False,
    )
    if done.returncode == 0:
        return np.load(io.BytesIO(done.stdout), allow_pickle=False), ""
    lines = done.stderr.decode(errors="replace").strip().splitlines()
    return None, lines[-1] if lines else f"the program ended with status {done.returncode}"
