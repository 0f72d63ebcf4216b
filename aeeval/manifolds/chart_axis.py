"""An axis of a chart as a coordinate: where lengths are stretched, but the area element is known."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Generator, Tensor
from torch.quasirandom import SobolEngine

from aeeval.errors import GeometryError, message
from aeeval.manifolds.coordinate import Coordinate, Length, Moments
from aeeval.manifolds.law import Curve, Range
from aeeval.manifolds.quadrature import integrate

_EXACT = 1e-9
_REFERENCES = 1024

Map = Callable[[Tensor], Tensor]


@dataclass(frozen=True)
class Chart:
    """A support over a box of charts: `below` (n, m) -> z (n, d), `above` back, and √det of the metric at z, (n,).

    `corners` (2, d) are the least and greatest z; `greatest` bounds the area element from above.
    """

    below: Map
    above: Map
    area_element: Map
    greatest: float
    corners: Tensor


class ChartAxis(Coordinate):
    """t = z_axis of a chart: drawn uniform in the chart, then thinned by the area element; integrals by quadrature."""

    name = "coordinate of the chart"

    def __init__(self, chart: Chart, axis: int = 0):
        self.chart, self.axis = chart, axis
        self.low, self.high = (float(corner[axis]) for corner in chart.corners)

    def of(self, m: Tensor) -> Tensor:
        return self.chart.below(m)[:, self.axis]

    def log_slice(self, t: Tensor) -> Tensor:
        return torch.zeros_like(t)

    def propose(self, t: Tensor, generator: Generator) -> tuple[Tensor, Tensor]:
        low, high = self.chart.corners
        z = low + (high - low) * torch.rand(len(t), len(low), generator=generator, dtype=torch.float64)
        z[:, self.axis] = t
        threshold = self.chart.greatest * torch.rand(len(t), generator=generator, dtype=torch.float64)
        return self.chart.above(z), threshold <= self.chart.area_element(z)

    def moments(self, log_weight: Curve, intervals: tuple[Range, ...]) -> Moments:
        """The second moment is taken about the centroid, in a second pass, so that nothing cancels."""
        top = log_weight(torch.tensor(intervals, dtype=torch.float64)).max()

        def total(values: Map) -> Tensor:
            def weighted(z: Tensor) -> Tensor:
                weight = self.chart.area_element(z) * (log_weight(z[:, self.axis]) - top).exp()
                return weight[:, None] * values(self.chart.above(z))

            return torch.stack([self._integral(weighted, *interval) for interval in intervals]).sum(dim=0)

        far = self._far()
        first = total(lambda x: torch.cat([torch.ones_like(x[:, :1]), x + far], dim=1))
        centroid = first[1:] / first[0] - far
        second = total(lambda x: (x - centroid).square().sum(dim=1, keepdim=True))
        return Moments((first[0].log() + top).item(), centroid, math.sqrt((second[0] / first[0]).item()))

    def _far(self) -> float:
        """A length that makes coordinates positive, as relative errors must be relative to something."""
        low, high = self.chart.corners
        share = SobolEngine(len(low)).draw(_REFERENCES, dtype=torch.float64)
        return 2 * self.chart.above(low + (high - low) * share).abs().max().item()

    def _integral(self, values: Map, start: float, stop: float) -> Tensor:
        """Over the box with `start` <= z_axis <= `stop`, mapped from [-1, 1]^d."""
        low, high = self.chart.corners.clone()
        low[self.axis], high[self.axis] = start, stop
        half, middle = (high - low) / 2, (high + low) / 2
        found = integrate(lambda unit: values(middle + half * unit), len(low), 1.0)
        if found.relative_error > _EXACT:
            raise GeometryError(
                message(
                    f"area times density integrated to a relative error of {_EXACT:g}",
                    f"{found.relative_error:.1e} for {self.name} in [{start:g}, {stop:g}], by {found.method}",
                    "choose a shape that bends less there, or a density that varies less",
                )
            )
        return found.values * half.prod()


class UnitAxis(ChartAxis, Length):
    """An axis of unit speed that is orthogonal to the others: no path to a part is shorter than the change of t.

    `period` is the length of an axis that closes, and inf of one that does not.
    """

    name = "length along the chart"

    def __init__(self, chart: Chart, axis: int, parts_dim: tuple[int, int], period: float = math.inf):
        super().__init__(chart, axis)
        self.parts_dim, self.period = parts_dim, period

    def distance(self, m: Tensor, low: float, high: float) -> Tensor:
        return distance_to_range(self.of(m), low, high, self.period)


def distance_to_range(t: Tensor, low: float, high: float, period: float = math.inf) -> Tensor:
    """(n,) -> (n,): how far t is from [low, high], the short way round where t has a period."""
    below, above = low - t, t - high
    if period == math.inf:
        return torch.maximum(below, above).clamp_min(0)
    inside = (below <= 0) & (above <= 0)
    return torch.minimum(below.remainder(period), above.remainder(period)).masked_fill(inside, 0.0)
