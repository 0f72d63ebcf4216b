"""Hermite functions: pictures whose moves, growth, turns and shears are sums of neighbouring coefficients.

A pattern Σ c_mn φ_m(q_1) φ_n(q_2), m + n <= K, with orthonormal φ_m(t) = H_m(t) exp(-t²/2) / norm. Multiplying by a
coordinate and differentiating only reach the neighbours of a coefficient, so fields like q_1 ∂_2 are sparse matrices on
the coefficients, exactly; turns mix those of one order m + n.
"""

import math
from functools import cache

import torch
from torch import Tensor

Matrix = Tensor


def functions(q: Tensor, order: int) -> Tensor:
    """(...) -> (order + 1, ...): φ_0 to φ_order at q, by their recurrence."""
    rows = [math.pi**-0.25 * (-q.square() / 2).exp()]
    rows.append(math.sqrt(2) * q * rows[0])
    for m in range(1, order):
        rows.append(math.sqrt(2 / (m + 1)) * q * rows[m] - math.sqrt(m / (m + 1)) * rows[m - 1])
    return torch.stack(rows[: order + 1])


@cache
def pairs(order: int) -> Tensor:
    """(K', 2): all (m, n) with m + n <= order, those of lower order first; the first rows are those of lower orders."""
    return torch.tensor([(m, total - m) for total in range(order + 1) for m in range(total + 1)])


def count(order: int) -> int:
    """How many coefficients there are up to an order."""
    return (order + 1) * (order + 2) // 2


def square(packed: Tensor, order: int) -> Tensor:
    """(..., K') -> (..., order + 1, order + 1): coefficients c_mn, 0 where m + n > order."""
    m, n = pairs(order).T
    full = packed.new_zeros(*packed.shape[:-1], order + 1, order + 1)
    full[..., m, n] = packed
    return full


def packed(full: Tensor, order: int) -> Tensor:
    """(..., order + 1, order + 1) -> (..., K')."""
    m, n = pairs(order).T
    return full[..., m, n]


@cache
def _ladder(order: int) -> tuple[Matrix, Matrix]:
    """(order + 3, order + 3): t · and d/dt on coefficients of φ_0 to φ_(order + 2), columns to rows."""
    size = order + 3
    steps = (torch.arange(1, size, dtype=torch.float64) / 2).sqrt()
    up, down = torch.diag(steps, -1), torch.diag(steps, 1)
    return up + down, down - up


def _on_pairs(first: Matrix, second: Matrix, order: int) -> Matrix:
    """(K'(order + 2), K'(order)): a product of a map of m and a map of n."""
    to, of = pairs(order + 2), pairs(order)
    return first[to[:, None, 0], of[None, :, 0]] * second[to[:, None, 1], of[None, :, 1]]


@cache
def fields(order: int) -> Tensor:
    """(6, K'(order + 2), K'(order)): ∂_1, ∂_2, growth q·∇, turn q_2 ∂_1 - q_1 ∂_2, stretch q_1 ∂_1 - q_2 ∂_2 and shear
    q_1 ∂_2 + q_2 ∂_1 on coefficients.

    The turn is what a pattern changes by as it is turned from the first axis to the second.
    """
    times, slope = _ladder(order)
    one = torch.eye(order + 3, dtype=torch.float64)
    across, down = _on_pairs(slope, one, order), _on_pairs(one, slope, order)
    along, upright = _on_pairs(times @ slope, one, order), _on_pairs(one, times @ slope, order)
    to_right, to_left = _on_pairs(times, slope, order), _on_pairs(slope, times, order)
    return torch.stack([across, down, along + upright, to_left - to_right, along - upright, to_left + to_right])


def turned(coefficients: Tensor, order: int) -> Tensor:
    """(K',) -> (2 order + 1, K'): `waves` of θ times these are the coefficients of the pattern turned by θ."""
    total = 2 * order + 1
    angle = 2 * math.pi * torch.arange(total, dtype=torch.float64) / total
    turn = fields(order)[3][: count(order)]
    around = torch.linalg.matrix_exp(angle[:, None, None] * turn) @ coefficients
    return torch.linalg.solve(waves(angle, order), around)


def waves(angle: Tensor, order: int) -> Tensor:
    """(n,) -> (n, 2 order + 1): cos lθ, l = 0 to order, and sin lθ, l = 1 to order."""
    multiple = angle[:, None] * torch.arange(order + 1, dtype=torch.float64)
    return torch.cat([multiple.cos(), multiple[:, 1:].sin()], dim=1)
