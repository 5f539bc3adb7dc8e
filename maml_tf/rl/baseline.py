"""What return to expect: baselines that reduce the variance of the policy gradient."""

from dataclasses import dataclass

import numpy as np

from maml_tf.errors import SettingError


@dataclass(frozen=True, kw_only=True)
class LinearFeatureBaseline:
    """Predicts the discounted return as a linear function of observation and time (Duan et al. 2016).

    It is fitted by ridge regression to the rollouts of one task, from which it is then subtracted. The features are
    the observation, clipped to [-10, 10], its square, the time in hundreds of steps, its square and its cube, and one
    (rllab's `linear_feature_baseline.py`). If the solution is not finite, the ridge is multiplied by ten, at most five
    times, as there.

    Attributes:
        ridge: What is added to the diagonal of the normal equations.

    Raises:
        SettingError: `ridge` is negative.
    """

    ridge: float = 1e-5

    def __post_init__(self) -> None:
        if not self.ridge >= 0:
            raise SettingError(f"ridge must be 0 or more, not {self.ridge!r}")

    def predict(self, observations: np.ndarray, returns: np.ndarray, mask: np.ndarray) -> np.ndarray:
        """Fits the rollouts of one task and predicts their returns.

        Args:
            observations: `[rollouts, time steps, values]`.
            returns: Discounted returns, `[rollouts, time steps]`.
            mask: 1 where the rollout was running, `[rollouts, time steps]`.

        Returns:
            `[rollouts, time steps]`, in double precision; 0 where the mask is.
        """
        chosen = mask > 0
        features = self._features(observations[chosen], np.nonzero(chosen)[1])
        predictions = np.zeros(mask.shape)
        predictions[chosen] = features @ self._coefficients(features, returns[chosen])
        return predictions

    def _features(self, observations: np.ndarray, times: np.ndarray) -> np.ndarray:
        """Returns the features of observations `[examples, values]` at time steps `[examples]`."""
        examples, values = observations.shape
        features = np.empty((examples, 2 * values + 4))
        clipped, squared, of_time = np.split(features, [values, 2 * values], axis=1)
        np.clip(observations, -10, 10, out=clipped)
        np.square(clipped, out=squared)
        hundreds = times[:, np.newaxis] / 100
        of_time[:] = np.concatenate([hundreds, hundreds**2, hundreds**3, np.ones_like(hundreds)], axis=1)
        return features

    def _coefficients(self, features: np.ndarray, returns: np.ndarray) -> np.ndarray:
        products, ridge = features.T @ features, self.ridge
        for _ in range(_ATTEMPTS):
            matrix = products + ridge * np.eye(len(products))
            coefficients: np.ndarray = np.linalg.lstsq(matrix, features.T @ returns, rcond=None)[0]
            if np.all(np.isfinite(coefficients)):
                break
            ridge *= 10
        return coefficients


_ATTEMPTS = 5
