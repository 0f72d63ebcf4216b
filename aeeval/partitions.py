"""The support cut into cells of equal mass, what lies outside it, and what truth itself reads there."""

from dataclasses import dataclass

import torch
from torch import Tensor

from aeeval.errors import Skipped
from aeeval.evidence import Evidence
from aeeval.numerics.partition import Cells, equal_mass_cells, total_variation
from aeeval.samples import NULL_SETS, memo_of, projected, sample_size

DEPTH = 6
ROWS_A_CELL = 10
POINTS_A_CELL = 1024
AXES = 16
EDGE = 0.01
_CHUNK = 4096


@dataclass(frozen=True)
class Partition:
    """Cells of S, cut in the span of its main axes, and the total variation of truth samples over them."""

    axes: Tensor
    """(D, q) the first 16 principal axes of S."""
    cells: Cells
    null: Tensor
    """(39,)."""

    def variation(self, rows: Tensor, outside: Tensor) -> float:
        """½ Σ |share of rows − mass| over the cells and all that is outside, whose mass is 0: (n, D), (n,) bool."""
        counts = torch.bincount(self.cells.of(rows[~outside] @ self.axes), minlength=len(self.cells))
        mass = torch.full((len(self.cells),), 1 / len(self.cells), dtype=torch.float64)
        nothing = mass.new_zeros(1)
        return total_variation(torch.cat([counts, outside.sum()[None]]), torch.cat([mass, nothing]))


def partition(evidence: Evidence) -> Partition:
    """The partition of the data set, shared by all submissions."""
    return evidence.shared.get("partition", lambda: _partition_of(evidence))


def outside(evidence: Evidence, sampler: str) -> Tensor:
    """(n,) bool: which projected samples lie farther than 1 % of scale from S, along 𝓜; the edge itself may be blurred.

    Where only bounds of that distance are known the lower one counts; where there are none, the set S itself.
    """
    memo = memo_of(evidence, sampler)
    return memo.get(f"outside {sampler}", lambda: _outside(evidence, projected(evidence, sampler)))


def _outside(evidence: Evidence, points: Tensor) -> Tensor:
    support = evidence.support
    if support.farthest == 0:
        return torch.zeros(len(points), dtype=torch.bool)
    try:
        return support.distance_bounds(points)[0] > EDGE * evidence.scale
    except Skipped:
        return support.log_prob(points) == -torch.inf


def _depth(evidence: Evidence) -> int:
    """The largest with 2^depth ≤ min(64, n / 10)."""
    cells = sample_size(evidence) // ROWS_A_CELL
    if cells < 2:
        raise Skipped(f"needs {2 * ROWS_A_CELL} rows a sample for two cells")
    return min(DEPTH, cells.bit_length() - 1)


def _partition_of(evidence: Evidence) -> Partition:
    generator, support = evidence.generator("metric/partition"), evidence.support
    depth, n = _depth(evidence), sample_size(evidence)
    first = support.sample(_CHUNK, generator)
    axes = torch.linalg.svd(first - first.mean(dim=0), full_matrices=False).Vh[:AXES].T
    count = POINTS_A_CELL * 2**depth // _CHUNK
    points = torch.cat([support.sample(_CHUNK, generator) @ axes for _ in range(max(1, count))])
    bare = Partition(axes, equal_mass_cells(points, depth), torch.empty(0))
    inside = torch.zeros(n, dtype=torch.bool)
    null = [bare.variation(support.sample(n, generator), inside) for _ in range(NULL_SETS)]
    return Partition(axes, bare.cells, torch.tensor(null, dtype=torch.float64))
