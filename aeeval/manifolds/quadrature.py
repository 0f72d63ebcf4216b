"""Integrals over cubes: Gauss-Legendre in few dimensions, scrambled Sobol points in many."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.quasirandom import SobolEngine

Integrand = Callable[[Tensor], Tensor]

GAUSS_DIM = 4
_GAUSS_NODES = (8, 16, 32, 64, 128)
_MOST_POINTS = 2**20
_ENOUGH = 1e-12
_SOBOL_POINTS, _SOBOL_REPEATS = 2**14, 8
_CHUNK = 2**14


@dataclass(frozen=True)
class Integral:
    """`values` (k,) of k integrals, and a `relative_error` for the worst of them with the `method` it comes from."""

    values: Tensor
    relative_error: float
    method: str


def integrate(integrand: Integrand, dim: int, half_width: float) -> Integral:
    """∫ over [-w, w]^d of an integrand (n, d) -> (n, k) with positive integrals.

    Up to d = 4 the nodes of a Gauss-Legendre product rule are doubled until nothing changes or 2^20 points are used;
    the error is the last change. Above, 8 scrambled Sobol sets of 2^14 points; the error is the standard error.
    """
    return _gauss(integrand, dim, half_width) if dim <= GAUSS_DIM else _sobol(integrand, dim, half_width)


def _gauss(integrand: Integrand, dim: int, half_width: float) -> Integral:
    last, error = _product_rule(integrand, dim, half_width, _GAUSS_NODES[0]), float("inf")
    for nodes in _GAUSS_NODES[1:]:
        if nodes**dim > _MOST_POINTS or error < _ENOUGH:
            break
        values = _product_rule(integrand, dim, half_width, nodes)
        error = ((values - last).abs() / values).max().item()
        last = values
    return Integral(last, max(error, _ENOUGH), "Gauss-Legendre quadrature")


def _product_rule(integrand: Integrand, dim: int, half_width: float, nodes: int) -> Tensor:
    abscissae, weights = (half_width * torch.from_numpy(a) for a in np.polynomial.legendre.leggauss(nodes))
    total = torch.zeros(1, dtype=torch.float64)
    for index in torch.arange(nodes**dim).split(_CHUNK):
        digits = torch.stack([index // nodes**axis % nodes for axis in range(dim)], dim=1)
        total = total + weights[digits].prod(dim=1) @ integrand(abscissae[digits])
    return total


def _sobol(integrand: Integrand, dim: int, half_width: float) -> Integral:
    volume = (2 * half_width) ** dim
    means = []
    for seed in range(_SOBOL_REPEATS):
        unit = SobolEngine(dim, scramble=True, seed=seed).draw(_SOBOL_POINTS, dtype=torch.float64)
        means.append(integrand(half_width * (2 * unit - 1)).mean(dim=0))
    values = torch.stack(means)
    error = values.std(dim=0) / values.mean(dim=0) / _SOBOL_REPEATS**0.5
    return Integral(volume * values.mean(dim=0), error.max().item(), "scrambled Sobol points")
