"""Points of 𝓜 outside a support, spread evenly over the distance from it."""

import torch
from torch import Generator, Tensor

from aeeval.errors import GeometryError, message
from aeeval.manifolds.base import Support
from aeeval.manifolds.validate import integer, positive

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
    parts: list[list[tuple[Tensor, Tensor]]] = [[] for _ in range(bins)]
    for _ in range(_ROUNDS):
        points = support.propose_beyond(max(2 * int(wanted.sum()), _LEAST), reach, generator)
        distance = support.support_distance(points)
        index = torch.ceil(distance * (bins / reach)).long() - 1
        for b in range(bins):
            mine = (index == b).nonzero().squeeze(1)[: int(wanted[b])]
            parts[b].append((points[mine], distance[mine]))
            wanted[b] -= len(mine)
        if not wanted.any():
            kept = [pair for part in parts for pair in part]
            return torch.cat([points for points, _ in kept]), torch.cat([distance for _, distance in kept])
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
