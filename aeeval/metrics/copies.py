"""Sampling: signs of copying in the distances to training rows, against those of other rows of the same law."""

import math
from collections.abc import Iterator

import torch
from torch import Tensor

from aeeval.errors import Skipped
from aeeval.evidence import Evidence
from aeeval.metrics.base import Value, metric
from aeeval.metrics.samplers import each_sampler
from aeeval.numerics.copies import Gaps, rank_sum_z
from aeeval.numerics.neighbours import Neighbours, k_nearest
from aeeval.samples import nearest_in_train, sample_size, truth_draw


@metric(
    capability="sampling",
    unit="sd",
    better="none",
    ideal=None,
    range="(−∞, ∞)",
    needs=("training rows",),
    effect="difference",
)
def z_u(evidence: Evidence) -> Iterator[Value]:
    """Rank-sum z of the samples' distances to training rows against those of fresh truth: < 0 nearer, > 0 farther.

    (U − nm/2)/sd(U), U the pairs with d(g, T) > d(t, T), ties ½; samples g projected onto 𝓜 first (noise off 𝓜 hides
    copies otherwise), T clean training rows, t as many rows of fresh truth, or test rows. `null` 0: N(0, 1) for truth
    given T, `stderr` 1, `p` two-sided. A fact: copies lie near, but so do shrunken samples; `copying` tells them apart.
    Grows as the root of n. On real data the row `truth` is made of training rows, and reads as copies. Axis `sampler`.
    Source: Meehan et al., AISTATS 2020, with one cell.
    """

    def measure(sampler: str) -> Iterator[Value]:
        own, others = nearest_in_train(evidence, sampler), _fresh_in_train(evidence)
        z = rank_sum_z(own.distance[:, 0], others.distance[:, 0])
        yield Value(z, 1.0, null=0.0, p=_two_sided(z), axes={"sampler": sampler})

    return each_sampler(evidence, measure)


@metric(
    capability="sampling",
    unit="difference of shares",
    better="target",
    ideal=0.0,
    range="[−1, 1]",
    needs=("training rows",),
    effect="difference",
    margin=0.05,
)
def authenticity(evidence: Evidence) -> Iterator[Value]:
    """Share of authentic samples less that of fresh truth: 0 for truth, below 0 for copies, above for strangers.

    A row is authentic if it lies farther from the nearest training row than that row from its own nearest. Samples are
    projected onto 𝓜 first; fresh truth, or test rows, of equal number. The plain share of truth is no half: 1 − p_d,
    .33 to .5 with the dimension, more in many. Null 0. `stderr` that of two proportions, `p` two-sided from
    it (measured level at .05 with 100 rows: .045 on a sphere, .059 in R³). On real data the row `truth` is made of
    training rows, and reads as copies. Axis `sampler`. Source: Alaa et al., ICML 2022, as a contrast.
    """

    if len(evidence.dataset.train) < 2:
        raise Skipped("a single training row has no nearest one")

    def measure(sampler: str) -> Iterator[Value]:
        gaps = evidence.shared.get("gaps of train", lambda: Gaps(evidence.dataset.train.clean))
        own = gaps.authentic(nearest_in_train(evidence, sampler)).double()
        others = gaps.authentic(_fresh_in_train(evidence)).double()
        value = (own.mean() - others.mean()).item()
        both = torch.cat([own, others]).mean().item()
        stderr = math.sqrt(both * (1 - both) * (1 / len(own) + 1 / len(others)))
        p = _two_sided(value / stderr) if stderr > 0 else 1.0
        yield Value(value, stderr, null=0.0, p=p, axes={"sampler": sampler})

    return each_sampler(evidence, measure)


def _fresh_in_train(evidence: Evidence) -> Neighbours:
    """The training row nearest to each of n rows of the law that are no training rows."""
    return evidence.shared.get("nearest to fresh", lambda: k_nearest(_fresh(evidence), evidence.dataset.train.clean, 1))


def _fresh(evidence: Evidence) -> Tensor:
    """(n, D) rows of the law that are no training rows."""
    n = sample_size(evidence)
    if evidence.dataset.support is None:
        return evidence.dataset.test.clean[:n]
    return truth_draw(evidence, n, evidence.generator("metric/fresh"))


def _two_sided(z: float) -> float:
    """P(|N(0, 1)| ≥ |z|)."""
    return math.erfc(abs(z) / math.sqrt(2))
