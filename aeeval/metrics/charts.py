"""Sampling: where on the true manifold samples fall, and how many where there are no data."""

from collections.abc import Iterator

from aeeval.errors import Skipped
from aeeval.evidence import Evidence
from aeeval.metrics.base import Value, metric
from aeeval.metrics.samplers import each_sampler, rank_above
from aeeval.partitions import outside, partition
from aeeval.samples import NULL_SETS, projected


@metric(
    capability="sampling",
    unit="probability",
    better="lower",
    ideal=0.0,
    range="[0, 1]",
    needs=("truth",),
    effect="difference",
    margin=0.02,
)
def chart_tv(evidence: Evidence) -> Iterator[Value]:
    """How unevenly projected samples spread over S: total variation over K cells of equal mass, 1 − 1/K for one point.

    ½ Σ |share in cell − 1/K| + ½ share outside S, K the power of two up to min(64, n/10); outside is farther than 1 %
    of scale along 𝓜. The cells halve 1,024 K points of the law across their longest axis, K times: masses are 1/K up
    to 3 % (one sd). `null` is its mean for truth itself, about ((K − 1)/2πn)^½, not subtracted; `p` is exact, the rank
    among 39 truth samples in the same cells. Axis `sampler`. Blind to what happens inside a cell.
    Source: ours.
    """

    def measure(sampler: str) -> Iterator[Value]:
        whole = partition(evidence)
        value = whole.variation(projected(evidence, sampler), outside(evidence, sampler))
        yield Value(value, null=whole.null.mean().item(), p=rank_above(value, whole.null), axes={"sampler": sampler})

    return each_sampler(evidence, measure)


@metric(
    capability="sampling",
    unit="probability",
    better="lower",
    ideal=0.0,
    range="[0, 1]",
    needs=("truth",),
    effect="difference",
    margin=0.01,
)
def hole_mass(evidence: Evidence) -> Iterator[Value]:
    """Share of samples in the holes: their closest points of 𝓜 lie outside the support, by more than 1 % of scale.

    #{outside} / n, by distance along 𝓜; its lower bound where only bounds are known. Truth reads 0 whatever its size,
    so `null` is 0, and `p` the rank among 39 truth samples, all 0. `stderr` binomial. Only where S is a part of 𝓜.
    Axis `sampler`. Source: ours.
    """
    if evidence.support.farthest == 0:
        raise Skipped("the support is the whole manifold: there is no hole")

    def measure(sampler: str) -> Iterator[Value]:
        out = outside(evidence, sampler)
        value = out.double().mean().item()
        stderr = (value * (1 - value) / len(out)) ** 0.5
        p = 1.0 if value == 0 else 1 / (NULL_SETS + 1)
        yield Value(value, stderr, null=0.0, p=p, axes={"sampler": sampler})

    return each_sampler(evidence, measure)
