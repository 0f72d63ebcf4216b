"""The Swiss roll with a window in its support: what is missing is surrounded by what was seen."""

import math
from collections.abc import Callable, Mapping

import torch
from torch import Generator, Tensor

from aeeval.errors import GeometryError, message
from aeeval.manifolds.base import Support
from aeeval.manifolds.embedded import Embedded, place
from aeeval.manifolds.roll import Spiral
from aeeval.manifolds.shape import within
from aeeval.manifolds.sheet import Sheet
from aeeval.manifolds.validate import ON, positive


def holed_roll(*, ambient_dim: int = 3, width: float = 21.0, seed: int = 0) -> Embedded:
    """The Swiss roll, seen but for a window in its middle: a hole to be filled in from all sides.

    The surface is that of `swiss-roll`, hole included; only the support has the hole. Reach 3.1113. Volume 89.3733 ·
    width. embedding_dim 2. Support "holed" (along=0.2, across=0.5): all but the open window in the middle, that share
    of the arc length by that share of the width; the roll is flat, so distances from points of the window to the
    support are those to the nearest edge of a rectangle.
    Source: D. Donoho and C. Grimes, Hessian eigenmaps, 2003, whose example is a Swiss roll with a rectangle missing.
    """
    return place(HoledRoll("holed-roll", Spiral(), positive("width", width)), ambient_dim, seed)


class HoledRoll(Sheet):
    """A sheet with one more support."""

    def pieces(self) -> Mapping[str, Callable[..., Support]]:
        return {**super().pieces(), "holed": self._holed}

    def _holed(self, along: float = 0.2, across: float = 0.5) -> "Holed":
        return Holed(self, _share("along", along), _share("across", across))


class Holed(Support):
    """A sheet without the open rectangle of these shares of its length and width, both in (0, 1), in its middle."""

    name = "holed"

    def __init__(self, sheet: Sheet, along: float, across: float):
        self.manifold: Sheet = sheet
        self.along, self.across = along, across
        self.half_length, self.half_width = along * sheet.length / 2, across * sheet.width / 2
        self.log_volume = sheet.log_volume + math.log1p(-along * across)
        self.embedding_dim = (2, 2)
        self.centroid, self.scale = self._moments()
        self.farthest = min(self.half_length, self.half_width)

    def _moments(self) -> tuple[Tensor, float]:
        """Those of the sheet without those of the window, each as a share of the area."""
        whole = self.manifold.whole()
        middle = self.manifold.length / 2
        ends = (middle - self.half_length, middle + self.half_length)
        window = self.manifold.slices(*ends).uniform_moments()
        missing = self.along * self.across
        thinner = (1 - self.across**2) * self.manifold.width**2 / 12  # what the window lacks in spread across
        square = window.scale**2 - thinner + (window.centroid - whole.centroid).square().sum().item()
        offset = (whole.centroid - window.centroid) * missing / (1 - missing)
        spread = (whole.scale**2 - missing * square) / (1 - missing) - offset.square().sum().item()
        return whole.centroid + offset, math.sqrt(spread)

    def sample(self, n: int, generator: Generator) -> Tensor:
        """Strips before and behind the window over the full width, or beside it over its length, by their areas."""
        choice, along, across = torch.rand(3, n, generator=generator, dtype=torch.float64) - 0.5
        over = (choice + 0.5) * (1 - self.along * self.across) < 1 - self.along
        along = torch.where(over, _outside(along, self.along), self.along * along)
        across = torch.where(over, across, _outside(across, self.across))
        return self.manifold.at(0.5 + along, 0.5 + across)

    def log_prob(self, m: Tensor) -> Tensor:
        return within(self.support_distance(m) <= ON * self.manifold.unit, self.log_volume)

    def support_distance(self, m: Tensor) -> Tensor:
        along = (self.manifold.along(m) - self.manifold.length / 2).abs()
        across = (m[:, 2] - self.manifold.width / 2).abs()
        return torch.minimum(self.half_length - along, self.half_width - across).clamp_min(0)

    def propose_beyond(self, n: int, farthest: float, generator: Generator) -> Tensor:
        """On the edge of a smaller window, at every depth alike often."""
        share, spot, coin = torch.rand(3, n, generator=generator, dtype=torch.float64)
        depth, side = min(farthest, self.farthest) * (1 - share), torch.where(coin < 0.5, -1.0, 1.0)
        length, width = self.half_length - depth, self.half_width - depth
        spot = spot * (length + width)
        over = spot < length  # on an edge that runs along the sheet, else on one that runs across it
        along = torch.where(over, 2 * spot - length, side * length)
        across = torch.where(over, side * width, 2 * (spot - length) - width)
        return self.manifold.at(0.5 + along / self.manifold.length, 0.5 + across / self.manifold.width)


def _outside(share: Tensor, hole: float) -> Tensor:
    """Uniform on [-1/2, 1/2] -> uniform on what a hole in the middle leaves of it."""
    return share.sign() * hole / 2 + (1 - hole) * share


def _share(name: str, value: float) -> float:
    share = positive(name, value, high=1)
    if share == 1:
        raise GeometryError(message(f"{name} < 1", "1", "leave something of the sheet around the window"))
    return share
