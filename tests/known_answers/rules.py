"""What rules of theory have in common: the number itself, that there is none, the models they speak of."""

from collections.abc import Callable

from torch import Tensor

from aeeval.metrics.base import Value
from tests.known_answers.expect import Expectation, absent, exact
from tests.known_answers.ground import WIDE, Ground
from tests.known_answers.models import MODELS

Rule = Callable[[Ground, Value], Expectation | None]

K: Callable[[Ground], int] = lambda g: g.k  # noqa: E731
ONE: Callable[[Ground], int] = lambda g: 1  # noqa: E731
SAME = ("identity", "projector", "thick projector")
LINEAR = ("pca", "oblique", "collapsed")
UNFITTED = ("mean", "projector", "thick projector", "scaled projector", "oblique")  # no row of theirs is a training row
ROUND_TRIPS = tuple(model.name for model in MODELS if not model.samples)


def constant(value: float, tolerance: float = 1e-9) -> Rule:
    """The same number whatever the manifold."""
    return lambda g, v: exact(value, tolerance)


def skipped(reason: str) -> Rule:
    """No number whatever the manifold."""
    return lambda g, v: absent(reason)


def as_pca(metric: str) -> Rule:
    """What the same model reads under other labels of its codes: rounding apart, the same."""

    def rule(g: Ground, v: Value) -> Expectation:
        base = g.base_value(metric, v.axes)
        return absent(base.reason or "") if base.value is None else exact(base.value, 1e-6, "as pca")

    return rule


def mean_of(squares: Tensor, unit: float) -> tuple[float, float]:
    """Chance error, 4.5 sd, of the mean of squares, in units."""
    return squares.mean().item() / unit, WIDE * (squares.std() / len(squares) ** 0.5).item() / unit


def spread_about_centre(g: Ground) -> float:
    """4.5 sd of the mean of ‖x − c‖² / scale², whose expectation is 1."""
    squares = (g.data.test.clean - g.data.support.centroid).square().sum(dim=1)
    return mean_of(squares, g.data.scale**2)[1]
