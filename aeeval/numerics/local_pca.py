"""Intrinsic dimension from the principal values of neighbourhoods."""

import torch
from torch import Tensor

GAP = 4.0
"""Ratio of two neighbouring principal values from which it counts as a gap."""
_NUMBERS = 1_000_000  # coordinates held at once


def local_pca(rows: Tensor, index: Tensor) -> tuple[Tensor, Tensor]:
    """d from the principal values λ of neighbourhoods: by their largest gap, and their participation ratio.

    Gap: the i with the largest λ_i / λ_{i+1}, if that is ≥ 4, else min(k, D). Participation ratio (Σλ)² / Σλ², a
    summary rather than a dimension: it is d for a ball of dimension d, less where directions differ in length. Both see
    curvature: a neighbourhood as large as a sphere reads d + 1.

    Args:
        rows: (n, D).
        index: (a, k ≥ 2) the neighbours of every anchor.

    Returns:
        (a,) gap and (a,) participation ratio; both 0 where all neighbours are one point.
    """
    size = max(1, _NUMBERS // max(1, rows[0].numel() * index.shape[1]))
    answers = [_spectrum(rows[part].double()) for part in index.split(size)]
    gap, participation = zip(*answers, strict=True)
    return torch.cat(gap), torch.cat(participation)


def _spectrum(neighbourhoods: Tensor) -> tuple[Tensor, Tensor]:
    gaps = neighbourhoods - neighbourhoods.mean(dim=1, keepdim=True)
    wide = gaps.shape[2] > gaps.shape[1]  # the smaller of the two products has the same principal values
    rank = min(gaps.shape[1] - 1, gaps.shape[2])
    values = torch.linalg.eigvalsh(gaps @ gaps.mT if wide else gaps.mT @ gaps).flip(1)[:, :rank].clamp(min=0)
    top = values[:, :1]
    alive = top[:, 0] > 0
    floored = values.clamp(min=1e-300).maximum(1e-12 * top)
    ratios = floored[:, :-1] / floored[:, 1:]
    gap = torch.full_like(top[:, 0], rank)
    if rank > 1:
        largest = ratios.max(dim=1)
        gap = torch.where(largest.values >= GAP, largest.indices + 1.0, gap)
    participation = values.sum(dim=1).square() / values.square().sum(dim=1).clamp(min=1e-300)
    return gap * alive, participation * alive
