"""ANIL: almost no inner loop."""

from dataclasses import dataclass, replace

from maml_tf.checks import check_names
from maml_tf.errors import SettingError
from maml_tf.inner_loop import adapt
from maml_tf.interfaces import Examples, Parameters
from maml_tf.learners.maml import MAML
from maml_tf.losses import as_loss


@dataclass(frozen=True, kw_only=True)
class ANIL(MAML):
    """MAML whose inner loop adapts the last layer alone (Raghu et al. 2020, "Rapid learning or feature reuse?").

    All parameters are meta-learned, through the same exact meta-gradient as in `MAML`.

    Attributes:
        head: Prefixes of the names of the parameters that adapt, such as `("linear",)` for `Conv4`.

    Raises:
        SettingError: `head` is empty, or the inner loop chooses parameters itself. When parameters are adapted: an
            entry matches none of them.
    """

    head: tuple[str, ...]

    def __post_init__(self) -> None:
        super().__post_init__()
        check_names("head", self.head)
        if not self.head:
            raise SettingError(f"head must be one or more prefixes of parameter names, not {self.head!r}")
        if self.inner_loop.adapts is not None:
            raise SettingError(f"inner_loop.adapts must be None, since head chooses, not {self.inner_loop.adapts!r}")

    def adapt(self, parameters: Parameters, support: Examples) -> tuple[Parameters, ...]:
        """Returns parameters after 0, 1, ... steps, in which only the head changes; see `maml_tf.adapt`."""
        return adapt(replace(self.inner_loop, adapts=self.head), self.network, as_loss(self.loss), parameters, support)
