"""Averages over the uniform law on a piece of a manifold: by rules of rising order, or over a fixed draw."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from scipy import special
from torch import Generator, Tensor
from torch.quasirandom import SobolEngine

from aeeval.manifolds.base import Support

Rule = Callable[[int], tuple[Tensor, Tensor]]
"""Order -> nodes (N, m) and weights (N,), which sum to 1; exact for all that is smooth as the order rises."""
Integrand = Callable[[Tensor], Tensor]

_ORDERS = (8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256)
_MOST_NODES = 2**20
_ENOUGH = 1e-12
_BATCHES, _BATCH = 8, 2**14
_CHUNK = 2**14
_PRODUCT_DIM = 4  # above, a product rule takes more than 2^20 nodes
_EXACT = 1e-9
_EDGE = 1e-12  # a Sobol point at 0 has no quantile


@dataclass(frozen=True)
class Average:
    """`values` (k,); their `error` relative to the largest of them; and the `method` it comes from."""

    values: Tensor
    error: float
    method: str


def average(rule: Rule | None, draw: Callable[[int, Generator], Tensor], integrand: Integrand) -> Average:
    """Mean of an integrand (n, m) -> (n, k) over a piece, whose uniform points are drawn by `draw`.

    The order of the rule rises until nothing changes or 2^20 nodes are used; the error is the last change. Without
    a rule, 8 fixed draws of 2^14 points; the error is the standard error.
    """
    if rule is None:
        return _drawn(draw, integrand)
    last, error = _applied(rule(_ORDERS[0]), integrand), float("inf")
    for order in _ORDERS[1:]:
        nodes, weights = rule(order)
        if len(nodes) > _MOST_NODES or error < _ENOUGH:
            break
        values = _applied((nodes, weights), integrand)
        error = ((values - last).abs().max() / values.abs().max()).item()
        last = values
    return Average(last, error, "quadrature")


@dataclass(frozen=True)
class Size:
    """Volume, centroid (m,) and scale of a piece of a manifold; `absent` says so where they are not known to 1e-9."""

    log_volume: float
    centroid: Tensor
    scale: float
    absent: dict[str, str]


def size_of(ratio: Integrand, lift: Integrand, shadow: Support, rule: Rule | None, unit: float) -> Size:
    """The size of the piece {lift(u) : u in shadow} whose volume is `ratio(u)` times that of its shadow."""

    def integrand(u: Tensor) -> Tensor:
        area, x = ratio(u)[:, None], lift(u) / unit
        return torch.cat([area, area * x, area * x.square().sum(dim=1, keepdim=True)], dim=1)

    found = average(rule, shadow.sample, integrand)
    mass, mean = found.values[0], found.values[1:-1] / found.values[0]
    inexact = f"known to a relative error of {found.error:.1e}, by {found.method}"
    return Size(
        log_volume=shadow.log_volume + mass.log().item(),
        centroid=unit * mean,
        scale=unit * math.sqrt(found.values[-1] / mass - mean.square().sum()),
        absent={"exact volume": inexact} if found.error > _EXACT else {},
    )


def _applied(rule: tuple[Tensor, Tensor], integrand: Integrand) -> Tensor:
    nodes, weights = rule
    chunks = zip(nodes.split(_CHUNK), weights.split(_CHUNK), strict=True)
    return torch.stack([part @ integrand(points) for points, part in chunks]).sum(dim=0)


def _drawn(draw: Callable[[int, Generator], Tensor], integrand: Integrand) -> Average:
    generator = torch.Generator().manual_seed(0)
    means = torch.stack([integrand(draw(_BATCH, generator)).mean(dim=0) for _ in range(_BATCHES)])
    values, error = means.mean(dim=0), means.std(dim=0) / _BATCHES**0.5
    return Average(values, (error.max() / values.abs().max()).item(), f"the mean over {_BATCHES * _BATCH} fixed points")


def gauss(low: float, high: float, order: int) -> tuple[Tensor, Tensor]:
    """Nodes (order,) and weights of Gauss and Legendre on [low, high]; the weights sum to 1."""
    nodes, weights = (torch.from_numpy(array) for array in np.polynomial.legendre.leggauss(order))
    return low + (high - low) * (nodes + 1) / 2, weights / 2


def box_rule(order: int) -> tuple[Tensor, Tensor]:
    """Nodes (N, 2) of the unit square and their weights."""
    nodes, weights = gauss(0.0, 1.0, order)
    return torch.cartesian_prod(nodes, nodes), torch.outer(weights, weights).flatten()


def cap_rule(dim: int, angle: float, order: int) -> tuple[Tensor, Tensor]:
    """Nodes (N, d+1) of the cap of the unit sphere S^d within a polar angle of the last axis; π is all of it.

    Up to d = 4 polar angles by Gauss and Legendre against sin^(d-1), times a rule for the directions from the pole: the
    two of S^0, evenly spaced ones on S^1, or all of S^(d-1) by the same rule again. Above, 2 order² Sobol points.
    """
    if dim > _PRODUCT_DIM:
        return _cap_points(dim, angle, 2 * order**2)
    polar, weights = gauss(0.0, angle, order)
    weights = weights * polar.sin() ** (dim - 1)
    around, shares = _all_directions(dim - 1, order)
    rim = (polar.sin()[:, None, None] * around).reshape(-1, dim)
    nodes = torch.cat([rim, polar.cos().repeat_interleave(len(around))[:, None]], dim=1)
    return nodes, torch.outer(weights / weights.sum(), shares).flatten()


def _all_directions(dim: int, order: int) -> tuple[Tensor, Tensor]:
    if dim > 1:
        return cap_rule(dim, torch.pi, order)
    count = 2 if dim == 0 else 2 * order
    turn = 2 * torch.pi * torch.arange(count, dtype=torch.float64) / count
    circle = torch.stack([turn.cos(), turn.sin()], dim=1)
    return circle[:, : dim + 1], torch.full((count,), 1 / count, dtype=torch.float64)


def _cap_points(dim: int, angle: float, count: int) -> tuple[Tensor, Tensor]:
    """Sobol points, taken to the cap by the law of the polar angle and of Gaussian directions."""
    unit = SobolEngine(dim + 1, scramble=True, seed=0).draw(count, dtype=torch.float64).clamp(_EDGE, 1 - _EDGE).numpy()
    mass = special.betainc(dim / 2, dim / 2, np.sin(angle / 2) ** 2)
    u = torch.from_numpy(special.betaincinv(dim / 2, dim / 2, mass * unit[:, :1]))
    around = torch.nn.functional.normalize(torch.from_numpy(special.ndtri(unit[:, 1:])), dim=1)
    nodes = torch.cat([2 * (u * (1 - u)).sqrt() * around, 1 - 2 * u], dim=1)
    return nodes, torch.full((count,), 1 / count, dtype=torch.float64)
