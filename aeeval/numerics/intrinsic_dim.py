"""Intrinsic dimension from the distances to nearest neighbours: TwoNN, MacKay–Ghahramani and GRIDE."""

from dataclasses import dataclass

import torch
from torch import Tensor

from aeeval.errors import Skipped


@dataclass(frozen=True)
class Estimate:
    """An estimate of d, its standard error were the neighbourhoods independent, and how many rows it used.

    Neighbourhoods of one sample overlap: beyond the nearest few neighbours that standard error is too small, and
    `aeeval.numerics.plateau.covariance` is the one to use.
    """

    value: float
    stderr: float
    rows: int


def two_nn(radii: Tensor, keep: float = 1.0) -> Estimate:
    """d from the two nearest neighbours: (N − 1) / Σ ln(r₂/r₁), unbiased where the density is constant.

    With μ_i = r₂/r₁, P(μ > m) = m^−d. The largest 1 − `keep` of the ratios are taken as censored at the n-th, n =
    keep · N: (n − 1) / (Σ_{i ≤ n} ln μ_(i) + (N − n) ln μ_(n)). Standard error d / √(n − 2). Source: Facco et al.,
    Scientific Reports 2017; the estimator is that of maximum likelihood.

    Args:
        radii: (N, k ≥ 2) distances to the nearest neighbours, rising; rows with r₁ = 0 are left out.
        keep: share of the ratios that is used as it is, in (0, 1].

    Raises:
        Skipped: fewer than 3 rows with r₁ > 0, or no two distances differ.

    >>> round(two_nn(torch.tensor([[1.0, 2.0]]).repeat(101, 1)).value, 3)  # 100 / (101 ln 2)
    1.428
    """
    ratios = _log_ratios(radii, 1, 2).sort().values
    n = max(3, int(keep * len(ratios)))
    total = ratios[:n].sum() + (len(ratios) - n) * ratios[n - 1]
    value = (n - 1) / total.item()
    return Estimate(value, value / (n - 2) ** 0.5, len(ratios))


def mle(radii: Tensor, k: int) -> Estimate:
    """d from the k nearest neighbours: (N (k − 1) − 1) / Σ_i S_i with S_i = Σ_{j < k} ln(r_k / r_j).

    The average of 1/d over the rows (MacKay and Ghahramani 2005) of Levina and Bickel's estimator: S_i is a Gamma
    variable of shape k − 1 and rate d. Standard error d / √(N (k − 1)).

    Args:
        radii: (N, ≥ k) distances to the nearest neighbours, rising; rows with r₁ = 0 are left out.
        k: how many of them, k ≥ 2.

    Raises:
        Skipped: as `two_nn`.
    """
    sums = _sums(radii, k)
    shape = len(sums) * (k - 1)
    value = (shape - 1) / _positive(sums.sum().item())
    return Estimate(value, value / shape**0.5, len(sums))


def local_mle(radii: Tensor, k: int) -> Tensor:
    """d at every row with r₁ > 0: (k − 2) / S_i, (N,), k ≥ 3; unbiased, so that it may be averaged as it is."""
    return (k - 2) / _sums(radii, k)


def gride(radii: Tensor, n1: int) -> Estimate:
    """d from the ratio r_{2 n1} / r_{n1}: the scale grows with n1, which shows noise below and curvature above.

    With x = ln(r_{2 n1} / r_{n1}), (r_{n1} / r_{2 n1})^d is Beta(n1, n1), so that d is the root of
    (N − 1)/d + (n1 − 1) Σ x / (1 − e^{−dx}) − (2 n1 − 1) Σ x = 0. Standard error from Fisher's information,
    [N/d² + (n1 − 1) Σ (x / 2 sinh(dx/2))²]^−½. n1 = 1 is `two_nn`. Source: Denti et al., Scientific Reports 2022.

    Args:
        radii: (N, ≥ 2 n1) distances to the nearest neighbours, rising; rows with r_{n1} = 0 are left out.
        n1: the nearer of the two neighbours, ≥ 1.

    Raises:
        Skipped: as `two_nn`.
    """
    x = _log_ratios(radii, n1, 2 * n1)
    harmonic = sum(1 / j for j in range(n1, 2 * n1))  # E x = harmonic / d
    value = harmonic / x.mean().item()
    for _ in range(100):  # the log-likelihood is concave; Newton's step is held within a factor of 2
        slope = _score(x, value, n1).sum().item() - 1 / value
        new = min(max(value + slope / _information(x, value, n1), value / 2), 2 * value)
        done, value = abs(new - value) <= 1e-13 * value, new
        if done:
            break
    return Estimate(value, _information(x, value, n1) ** -0.5, len(x))


def gride_influence(radii: Tensor, n1: int, value: float) -> Tensor:
    """(N,) what every row moves the estimate by: its score at d over the information; 0 where r_{n1} = 0."""
    moved, used = radii.new_zeros(len(radii)), radii[:, n1 - 1] > 0
    x = _log_ratios(radii, n1, 2 * n1)
    moved[used] = _score(x, value, n1) / _information(x, value, n1)
    return moved


def _score(x: Tensor, d: float, n1: int) -> Tensor:
    """(N,) derivatives of the log-likelihood by d."""
    upper = torch.where(x > 0, x / -torch.expm1(-d * x.clamp(min=1e-300)), 1 / d)
    return 1 / d + (n1 - 1) * upper - (2 * n1 - 1) * x


def _information(x: Tensor, d: float, n1: int) -> float:
    """Minus the second derivative of the log-likelihood: N/d² − (n1 − 1) Σ (x / 2 sinh(dx/2))² ..."""
    half = (d * x / 2).clamp(max=300)
    spread = torch.where(half > 0, half / torch.sinh(half.clamp(min=1e-300)), 1.0) / d
    return len(x) / d**2 + (n1 - 1) * spread.square().sum().item()


def _log_ratios(radii: Tensor, near: int, far: int) -> Tensor:
    """ln(r_far / r_near) of the rows with r_near > 0, counted from 1."""
    used = radii[radii[:, near - 1] > 0]
    if len(used) < 3:
        raise Skipped(f"{len(used)} rows differ from their neighbours; 3 are needed")
    ratios = (used[:, far - 1] / used[:, near - 1]).log()
    _positive(ratios.sum().item())
    return ratios


def _sums(radii: Tensor, k: int) -> Tensor:
    used = radii[radii[:, 0] > 0, :k]
    if len(used) < 3:
        raise Skipped(f"{len(used)} rows differ from their neighbours; 3 are needed")
    return (used[:, -1:] / used[:, :-1]).log().sum(dim=1)


def _positive(total: float) -> float:
    if not total > 0:
        raise Skipped("all neighbours of every row are equally far")
    return total
