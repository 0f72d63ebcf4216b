"""Samples held against fresh truth by all pairs of rows: seven numbers from one look, and what truth itself reads."""

from dataclasses import asdict, dataclass

import torch
from torch import Tensor

from aeeval.errors import Skipped
from aeeval.evidence import Evidence
from aeeval.numerics.gaussians import Moments, frechet, moments
from aeeval.numerics.neighbourhoods import Balls, balls, neighbourhood_scores
from aeeval.numerics.pairs import mean_distance_and_kernel, mean_distance_and_kernel_within, median_distance
from aeeval.samples import TRUTH_SETS, draw, memo_of, sample_size, truth_draw

NEIGHBOURS = 5
PAIR_ROWS = 1000
REAL_SETS = 5


@dataclass(frozen=True)
class Comparison:
    """One sample against the reference, in the units of the rows."""

    energy_distance: float
    mmd: float
    frechet: float
    precision: float
    recall: float
    density: float
    coverage: float


@dataclass(frozen=True)
class Reference:
    """Fresh truth, or clean test rows of real data, with what all comparisons need of it."""

    balls: Balls
    bandwidth: float
    """The median distance of two of its rows."""
    distance_within: float
    kernel_within: float
    moments: Moments

    @classmethod
    def of(cls, rows: Tensor) -> "Reference":
        """The reference made of rows (n, D)."""
        bandwidth = median_distance(rows)
        if bandwidth == 0:
            raise Skipped("more than half of the pairs of true rows are equal")
        within, kernel = mean_distance_and_kernel_within(rows, bandwidth)
        return cls(balls(rows, NEIGHBOURS), bandwidth, within, kernel, moments(rows))

    @property
    def rows(self) -> Tensor:
        """(n, D)."""
        return self.balls.rows

    def compare(self, rows: Tensor) -> Comparison:
        """A sample (n, D) against the reference."""
        scores = neighbourhood_scores(self.balls, balls(rows, NEIGHBOURS))
        distance, kernel = mean_distance_and_kernel_within(rows, self.bandwidth)
        across, mixed = mean_distance_and_kernel(rows, self.rows, self.bandwidth)
        return Comparison(
            energy_distance=2 * across - distance - self.distance_within,
            mmd=kernel + self.kernel_within - 2 * mixed,
            frechet=frechet(moments(rows), self.moments),
            precision=scores.precision,
            recall=scores.recall,
            density=scores.density,
            coverage=scores.coverage,
        )


def compared(evidence: Evidence, sampler: str) -> Comparison:
    """The rows of a sampler against the reference, made once."""
    rows = draw(evidence, sampler)[: pair_rows(evidence)]
    return memo_of(evidence, sampler).get(f"compared {sampler}", lambda: reference(evidence).compare(rows))


def reference(evidence: Evidence) -> Reference:
    """The reference of the data set, shared by all submissions."""
    return evidence.shared.get("reference", lambda: _reference_of(evidence))


def nulls(evidence: Evidence) -> dict[str, Tensor]:
    """What 19 further truth samples read, by number, (19,) each; of real data five samples of training rows."""
    return evidence.shared.get("nulls of comparisons", lambda: _nulls_of(evidence))


def pair_rows(evidence: Evidence) -> int:
    """Rows in every comparison by pairs: at most 1,000, as their time is quadratic."""
    n = min(PAIR_ROWS, sample_size(evidence))
    if n <= NEIGHBOURS:
        raise Skipped(f"needs more than {NEIGHBOURS} rows a sample")
    return n


def _reference_of(evidence: Evidence) -> Reference:
    n = pair_rows(evidence)
    if evidence.dataset.support is None:
        return Reference.of(evidence.dataset.test.clean[:n])
    return Reference.of(truth_draw(evidence, n, evidence.generator("metric/reference")))


def _nulls_of(evidence: Evidence) -> dict[str, Tensor]:
    generator, n = evidence.generator("metric/reference nulls"), pair_rows(evidence)
    sets = TRUTH_SETS if evidence.dataset.support is not None else REAL_SETS
    base = reference(evidence)
    read = [asdict(base.compare(truth_draw(evidence, n, generator))) for _ in range(sets)]
    return {name: torch.tensor([one[name] for one in read], dtype=torch.float64) for name in read[0]}
