"""Two half circles, each reaching into the other."""

import math
from collections.abc import Callable, Mapping

import torch

from aeeval.manifolds.arc import Arc
from aeeval.manifolds.base import Support
from aeeval.manifolds.embedded import Embedded, place
from aeeval.manifolds.union import Union
from aeeval.manifolds.validate import positive

_HALF = math.pi / 2


def two_moons(*, ambient_dim: int | None = None, seed: int = 0) -> Embedded:
    """Two interleaved half circles: two components that no line parts, each a curve with two ends.

    {(sin t, cos t)} and {(1 - sin t, 1/2 - cos t)}, |t| <= π/2, in a plane that `seed` turns into R^D; drawn uniformly
    in arc length. Reach 1/4: an end of one moon is 1/2 from the middle of the other. Volume 2π. embedding_dim 1, as
    they can be laid side by side. Supports "band" (angle=1.0 rad): the middles |t| <= angle of both; "gap" (angle=0.4):
    both without their middles.
    Source: the shape of scikit-learn's make_moons, which spaces its points evenly and does not draw them.
    """
    return place(Moons(), ambient_dim, seed)


class Moons(Union):
    """The two moons in R²; the second is the first, turned by π."""

    name = "two-moons"

    def __init__(self) -> None:
        axes, moon = torch.eye(2, dtype=torch.float64), Arc(_HALF, 1.0)
        shifts = torch.tensor([[0.0, 0.0], [1.0, 0.5]], dtype=torch.float64)
        parts = [Embedded(moon, axes, shifts[0]), Embedded(moon, -axes, shifts[1])]
        super().__init__(parts, [1.0, 1.0], gap=0.5)

    def pieces(self) -> Mapping[str, Callable[..., Support]]:
        return {"all": self._all, "band": self._band, "gap": self._gap}

    def _band(self, angle: float = 1.0) -> Support:
        return self._both("band", 0.0, positive("angle", angle, high=_HALF))

    def _gap(self, angle: float = 0.4) -> Support:
        return self._both("gap", positive("angle", angle), _HALF)

    def _both(self, name: str, inner: float, outer: float) -> Support:
        return self.over(name, [part.support("band", inner=inner, outer=outer) for part in self.components])
