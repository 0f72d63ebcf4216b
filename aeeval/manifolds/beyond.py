"""Points of 𝓜 outside a support, spread evenly over the distance from it."""

import math

import torch
from torch import Generator, Tensor

from aeeval.errors import GeometryError, message
from aeeval.manifolds.base import Support
from aeeval.manifolds.validate import integer, positive
from aeeval.numerics.batches import NUMBERS

_ROUNDS, _LEAST = 50, 100


def beyond(support: Support, n: int, farthest: float, bins: int, generator: Generator) -> tuple[Tensor, Tensor]:
    """Points of 𝓜 beyond S -> points (n, D), distance (n,), sorted by bin.

    `bins` bins of equal distance cover (0, farthest], each open on the left; each gets n // bins points, the first
    n % bins one more. Raises `GeometryError` when the manifold ends before `farthest`, or a bin cannot be filled.
    """
    integer("n", n, integer("bins", bins, 1))
    reach = min(positive("farthest", farthest), support.farthest)
    if farthest > support.farthest * (1 + 1e-12):
        raise GeometryError(
            message(f"farthest <= {support.farthest:g}, where 𝓜 ends", f"{farthest:g}", "lower farthest or shrink S")
        )
    wanted = torch.full((bins,), n // bins)
    wanted[: n % bins] += 1
    place, dim = wanted.cumsum(0) - wanted, support.manifold.ambient_dim  # where the next of each bin goes
    found, far = torch.empty(n, dim, dtype=torch.float64), torch.empty(n, dtype=torch.float64)
    most = max(_LEAST, 2 * NUMBERS // dim)
    for _ in range(_ROUNDS * math.ceil(2 * n / most)):
        points = support.propose_beyond(min(max(2 * int(wanted.sum()), _LEAST), most), reach, generator)
        distance = support.support_distance(points)
        index = torch.ceil(distance * (bins / reach)).long() - 1
        for b in range(bins):
            mine = (index == b).nonzero().squeeze(1)[: int(wanted[b])]
            into = slice(int(place[b]), int(place[b]) + len(mine))
            found[into], far[into] = points[mine], distance[mine]
            place[b] += len(mine)
            wanted[b] -= len(mine)
        if not wanted.any():
            return found, far
    raise _unfilled(wanted, reach / bins)


def _unfilled(wanted: Tensor, width: float) -> GeometryError:
    b = int(wanted.nonzero()[0, 0])
    where = f"bin {b}, distance ({b * width:.4g}, {(b + 1) * width:.4g}]"
    return GeometryError(
        message(
            f"points of 𝓜 in {where}",
            f"{int(wanted[b])} too few in {_ROUNDS} rounds",
            "lower farthest or use fewer bins",
        )
    )
