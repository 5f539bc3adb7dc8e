"""Renders a robot, as a program: `python -m maml_tf.rl.environments.rendering ROBOT DYNAMICS HEIGHT WIDTH`.

`frames` runs it in a process of its own: the library that MuJoCo renders with must be chosen by the variable MUJOCO_GL
before MuJoCo is imported, and a library that does not work may end the process. The program reads positions and writes
pictures in NumPy's format, by the standard streams.
"""

import io
import sys

import mujoco
import numpy as np

from maml_tf.rl.environments.models import model_of

CAMERA = "track"  # of Gymnasium's model files: follows the robot from the side


def main() -> None:
    """Renders all positions."""
    robot, dynamics, height, width = sys.argv[1:]
    model = model_of(robot, dynamics)
    data = mujoco.MjData(model)
    renderer = mujoco.Renderer(model, int(height), int(width))
    pictures = []
    for positions in np.load(io.BytesIO(sys.stdin.buffer.read()), allow_pickle=False):
        data.qpos[:] = positions
        mujoco.mj_forward(model, data)
        renderer.update_scene(data, CAMERA)
        pictures.append(renderer.render())
    written = io.BytesIO()  # NumPy writes arrays of a file at its position, which a pipe does not have
    np.save(written, np.stack(pictures), allow_pickle=False)
    sys.stdout.buffer.write(written.getvalue())
    renderer.close()


if __name__ == "__main__":
    main()
