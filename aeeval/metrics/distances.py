"""Sampling: distances of a sample from fresh truth over all pairs of rows, and of its moments."""

from collections.abc import Iterator

from aeeval.comparisons import compared, nulls
from aeeval.evidence import Evidence
from aeeval.metrics.base import Value, metric
from aeeval.metrics.samplers import each_sampler, rank_above


@metric(
    capability="sampling",
    unit="scale",
    better="lower",
    ideal=0.0,
    range="(−∞, ∞)",
    effect="difference",
    margin=0.005,
)
def energy_distance(evidence: Evidence) -> Iterator[Value]:
    """Energy distance of samples from the data's law: (2 E|X − Y| − E|X − X′| − E|Y − Y′|) / scale, unbiased.

    X samples, Y fresh clean truth or clean test rows, up to 1,000 rows each. `null` is its mean for truth itself, about
    0; below 0 by chance. On a known manifold `p` is exact, the rank among 19 truth samples. Axis `sampler`. Sees
    missing mass and shifts; blind to copying and nearly so to thin noise off 𝓜. Source: Székely and Rizzo, 2013.
    """
    return _distance(evidence, "energy_distance", evidence.scale)


@metric(
    capability="sampling",
    unit="squared kernel mean",
    better="lower",
    ideal=0.0,
    range="(−∞, 2]",
    effect="difference",
    margin=0.002,
)
def mmd(evidence: Evidence) -> Iterator[Value]:
    """Squared maximum mean discrepancy: E k(X, X′) + E k(Y, Y′) − 2 E k(X, Y), unbiased, k = exp(−|x − y|² / 2h²).

    X samples, Y truth as for `energy_distance`; h is the median distance of two rows of Y, the same for all samplers
    and submissions. `null` about 0, below it by chance; `p` as there. Axis `sampler`. Blind to copying and to thin
    noise off 𝓜. Source: Gretton et al., JMLR 2012.
    """
    return _distance(evidence, "mmd", 1.0)


@metric(
    capability="sampling",
    unit="squared scale",
    better="lower",
    ideal=0.0,
    range="[0, ∞)",
    floor=1e-3,
)
def frechet(evidence: Evidence) -> Iterator[Value]:
    """Fréchet distance of the moments: (|m₁ − m₂|² + tr(C₁ + C₂ − 2(C₁C₂)^½)) / scale², on the rows themselves.

    Of samples and truth as for `energy_distance`. Biased by the size of the samples: `null` is its mean for truth
    itself (for N(0, I) about D(D + 5)/2n), not subtracted; `p` as there. Axis `sampler`. Sees two moments and nothing
    else. Source: Heusel et al., NeurIPS 2017.
    """
    return _distance(evidence, "frechet", evidence.scale**2)


def _distance(evidence: Evidence, name: str, unit: float) -> Iterator[Value]:
    def measure(sampler: str) -> Iterator[Value]:
        value: float = getattr(compared(evidence, sampler), name)
        null = nulls(evidence)[name]
        known = evidence.dataset.support is not None
        yield Value(
            value / unit,
            null=null.mean().item() / unit,
            p=rank_above(value, null) if known else None,
            axes={"sampler": sampler},
        )

    return each_sampler(evidence, measure)
