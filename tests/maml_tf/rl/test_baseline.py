"""The linear baseline solves its normal equations, for the time steps that count."""

import numpy as np
import pytest

from maml_tf import SettingError
from maml_tf.rl import LinearFeatureBaseline

GENERATOR = np.random.default_rng(0)
OBSERVATIONS = (20 * GENERATOR.standard_normal((3, 5, 2))).astype(np.float32)
RETURNS = GENERATOR.standard_normal((3, 5))
MASK = np.ones((3, 5), np.float32)
MASK[1, 3:] = 0


def test_it_equals_ridge_regression_on_the_authors_features() -> None:
    rows, targets = [], []
    for rollout, time in np.argwhere(MASK):
        clipped = np.clip(OBSERVATIONS[rollout, time].astype(np.float64), -10, 10)
        rows.append([*clipped, *clipped**2, time / 100, (time / 100) ** 2, (time / 100) ** 3, 1.0])
        targets.append(RETURNS[rollout, time])
    features = np.array(rows)
    weights = np.linalg.solve(features.T @ features + 0.1 * np.eye(8), features.T @ np.array(targets))
    predictions = LinearFeatureBaseline(ridge=0.1).predict(OBSERVATIONS, RETURNS, MASK)

    np.testing.assert_allclose(predictions[MASK > 0], features @ weights, rtol=1e-9)
    assert not predictions[MASK == 0].any()


def test_what_follows_the_end_of_a_rollout_does_not_matter() -> None:
    other = np.where(MASK[..., np.newaxis] > 0, OBSERVATIONS, 7).astype(np.float32)
    baseline = LinearFeatureBaseline()
    np.testing.assert_array_equal(
        baseline.predict(OBSERVATIONS, RETURNS, MASK), baseline.predict(other, np.where(MASK > 0, RETURNS, 5), MASK)
    )


def test_a_negative_ridge_is_refused() -> None:
    with pytest.raises(SettingError, match=r"ridge must be 0 or more, not -1\.0"):
        LinearFeatureBaseline(ridge=-1.0)
