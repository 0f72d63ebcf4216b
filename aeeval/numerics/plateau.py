"""The GRIDE curve over scale, the plateau it may have, and near-duplicates, which spoil every scale."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from torch import Tensor

from aeeval.errors import Skipped
from aeeval.numerics.intrinsic_dim import Estimate, gride

OVERLAP = 1.6
"""How much larger the standard error of a whole sample is than that of as many independent neighbourhoods.

Measured on periodic boxes, n = 1,000, d = 1 to 20, n1 = 1 to 32: 1.1 to 1.7, and estimates of two scales correlate by
less than .35. Of few anchors among many rows it is 1.
"""
SCALES = (1, 2, 4, 8, 16, 32)
LEVEL = 0.01
"""Of the test whether scales agree."""
SHORTEST = 3
"""Scales that make a plateau."""
_FAR = (10, 100)
_ALARM = 1e-6


@dataclass(frozen=True)
class Plateau:
    """The scales `first` to `last` (values of n1) agree on one d."""

    value: float
    stderr: float
    first: int
    last: int


def gride_curve(radii: Tensor, scales: Sequence[int] = SCALES) -> dict[int, Estimate]:
    """GRIDE at every scale n1 for which there are 2 n1 neighbours: n1 -> estimate; radii (N, k) as for `gride`."""
    return {n1: gride(radii, n1) for n1 in scales if 2 * n1 <= radii.shape[1]}


def plateau(curve: dict[int, Estimate], overlap: float = OVERLAP, level: float = LEVEL) -> Plateau:
    """The longest run of at least three scales that agree; of equally long ones the one that agrees best.

    Scales agree when Σ (d_s − d̄)² / σ_s², with d̄ the mean weighted by 1/σ_s² and σ_s the standard error times
    `overlap`, is not beyond the `level` of χ² with one degree of freedom less than scales. Where one d holds at all
    scales, at most that share of samples have a curve that is not one run. Value d̄, standard error (Σ 1/σ_s²)^−½.

    Args:
        curve: estimates by scale, as `gride_curve` returns them.
        overlap: 1 for independent neighbourhoods.
        level: of the test.

    Raises:
        Skipped: no three neighbouring scales agree, or there are fewer than three.
    """
    found = max(_runs(curve, overlap, level), key=lambda run: run[:2], default=None)
    if found is None:
        few = f"{len(curve)} scales; {SHORTEST} are needed" if len(curve) < SHORTEST else _drift(curve)
        raise Skipped(f"no plateau: {few}")
    return found[2]


def _runs(curve: dict[int, Estimate], overlap: float, level: float) -> Iterator[tuple[int, float, Plateau]]:
    """Length, p and plateau of every run of scales that agree."""
    from scipy.stats import chi2

    scales = sorted(curve)
    for first in range(len(scales)):
        for end in range(first + SHORTEST, len(scales) + 1):
            run = [curve[n1] for n1 in scales[first:end]]
            weights = [(overlap * one.stderr) ** -2 for one in run]
            mean = sum(w * one.value for w, one in zip(weights, run, strict=True)) / sum(weights)
            misfit = sum(w * (one.value - mean) ** 2 for w, one in zip(weights, run, strict=True))
            p = float(chi2.sf(misfit, len(run) - 1))
            if p > level:
                yield len(run), p, Plateau(mean, sum(weights) ** -0.5, scales[first], scales[end - 1])


def _drift(curve: dict[int, Estimate]) -> str:
    first, last = min(curve), max(curve)
    return f"the estimate goes from {curve[first].value:.3g} at n1 = {first} to {curve[last].value:.3g} at n1 = {last}"


def refuse_near_duplicates(radii: Tensor) -> None:
    """Raise `Skipped` where more rows have a far nearer first than second neighbour than any d ≥ 1 allows.

    P(r₂/r₁ > m) = m^−d ≤ 1/m: the share of such rows is held against 1/m at m = 10 and 100 by a binomial test over
    N/2 rows (two rows may be each other's neighbour) at 10⁻⁶. A copy of every row, moved by less than a tenth of the
    spacing, reads d ≈ 1/ln(spacing/move) by `two_nn`, and too little at all other scales. Radii (N, ≥ 2), rising.
    """
    from scipy.stats import binom

    used = radii[radii[:, 0] > 0]
    for far in _FAR:
        share = (used[:, 1] > far * used[:, 0]).double().mean().item() if len(used) else 0.0
        half = len(used) // 2
        if share * half > float(binom.isf(_ALARM, half, 1 / far)):
            raise Skipped(
                f"near-duplicates: {share:.0%} of the rows have one neighbour {far} times nearer than the next, "
                f"at most {1 / far:.0%} for any d ≥ 1; leave them out"
            )


def scales_for(rows: int, scales: Sequence[int] = SCALES) -> tuple[int, ...]:
    """The scales at which no neighbourhood of 2 n1 rows holds more than an eighth of them.

    >>> scales_for(1000), scales_for(100)
    ((1, 2, 4, 8, 16, 32), (1, 2, 4))
    """
    return tuple(n1 for n1 in scales if 16 * n1 <= rows)
