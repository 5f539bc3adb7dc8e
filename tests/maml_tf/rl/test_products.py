"""Products with NumPy have the same bits whatever the number of threads."""

import os
import subprocess
import sys

import numpy as np
import pytest

from maml_tf.rl.products import multiplied

PROGRAM = """
import hashlib
import numpy as np
from maml_tf.rl.products import multiplied

draw = np.random.default_rng(0).standard_normal
kernel = draw((2, 100, 100), np.float32)
for rows in (20, 100, 400):
    print(hashlib.sha256(multiplied(draw((2, rows, 100), np.float32), kernel)).hexdigest())
"""


def test_products_do_not_depend_on_the_number_of_threads() -> None:
    found = [
        subprocess.run(
            [sys.executable, "-c", PROGRAM],
            env=os.environ | {"OPENBLAS_NUM_THREADS": threads},
            stdout=subprocess.PIPE,
            check=True,
        ).stdout
        for threads in ("1", "2")
    ]
    assert found[0] == found[1]
    assert len(found[0].split()) == 3


@pytest.mark.parametrize("shape", [(300, 400), (2, 300, 400)])
def test_products_in_parts_are_products(shape: tuple[int, ...]) -> None:
    generator = np.random.default_rng(0)
    inputs, kernel = generator.standard_normal((2, 7, 300)), generator.standard_normal(shape)
    np.testing.assert_allclose(multiplied(inputs, kernel), inputs @ kernel, rtol=1e-10, atol=1e-12)
