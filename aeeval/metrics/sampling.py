"""Sampling: whether drawing codes and decoding them gives the data's law, and not copies of the training rows."""

from collections.abc import Iterator

import torch

from aeeval.evidence import Evidence
from aeeval.metrics.base import Value, metric
from aeeval.metrics.samplers import each_sampler, rank_above
from aeeval.numerics.split_nearest import nearer, nearest_of_two
from aeeval.samples import TRUTH_SETS, draw, memo_of, projected, truth
from aeeval.truth_sets import to_sets

QUANTILES = (0.5, 0.95)


@metric(
    capability="sampling",
    unit="scale",
    better="lower",
    ideal=0.0,
    range="[0, ∞)",
    floor=1e-3,
    headline=True,
)
def sliced_wasserstein(evidence: Evidence) -> Iterator[Value]:
    """Distance of samples from the data's law: (mean_θ W₂²)^½ over 128 fixed directions, in units of scale.

    Against fresh clean truth of equal number, or clean test rows. `null` is its mean for truth itself; on a known
    manifold `p` is exact, the rank among 39 truth samples. Axis `sampler`; the leaderboard reads gmm10. Blind to
    copying: read it with `copying`. Source: Bonneel et al., J. Math. Imaging Vis. 2015.
    """

    def measure(sampler: str) -> Iterator[Value]:
        reference = truth(evidence)
        distance = reference.distance(draw(evidence, sampler)).item()
        yield Value(
            distance / evidence.scale,
            null=reference.null.mean().item() / evidence.scale,
            p=rank_above(distance, reference.null) if evidence.dataset.support is not None else None,
            axes={"sampler": sampler},
        )

    return each_sampler(evidence, measure)


@metric(
    capability="sampling",
    unit="scale",
    better="lower",
    ideal=0.0,
    range="[0, ∞)",
    needs=("truth",),
    floor=1e-3,
)
def sample_distance(evidence: Evidence) -> Iterator[Value]:
    """How far samples lie off the true manifold: quantiles (axis `q`: .5, .95) of dist(sample, 𝓜) / scale.

    Null 0. Never alone: one copied point, repeated, reads 0. Source: ours.
    """

    def measure(sampler: str) -> Iterator[Value]:
        distance = torch.linalg.vector_norm(draw(evidence, sampler) - projected(evidence, sampler), dim=1)
        for level in QUANTILES:
            value = torch.quantile(distance, level).item() / evidence.scale
            yield Value(value, null=0.0, axes={"sampler": sampler, "q": level})

    return each_sampler(evidence, measure)


@metric(
    capability="sampling",
    unit="probability",
    better="target",
    ideal=0.5,
    range="[0, 1]",
    needs=("training rows",),
    effect="difference",
    margin=0.02,
)
def copying(evidence: Evidence) -> Iterator[Value]:
    """Whether samples lie nearer to the training rows than to other rows of the same law: .5 no copying, → 1 copies.

    P(d(g, T) < d(g, T′)), ties ½, with samples g projected onto 𝓜, T the clean training rows, T′ fresh truth of equal
    number (19 sets); on real data T′ are the m test rows, and T the first m of n > m training rows: copies of any of
    them read (1 + m/n)/2, as the row `truth` does, which is made of training rows. `p` is the exact rank of T among
    exchangeable sets, whatever else is wrong with the sampler. Null .5.
    gmm10 itself leans to codes that are few (.53 to .54 at k = 2 and n = 400, .51 at 1,600). Axis `sampler`.
    Source: ours.
    """
    compare = _against_fresh if evidence.dataset.support is not None else _against_test

    def measure(sampler: str) -> Iterator[Value]:
        value, p = memo_of(evidence, sampler).get(f"copying {sampler}", lambda: compare(evidence, sampler))
        stderr = (value * (1 - value) / len(draw(evidence, sampler))) ** 0.5
        yield Value(value, stderr, null=0.5, p=p, axes={"sampler": sampler})

    return each_sampler(evidence, measure)


def _against_fresh(evidence: Evidence, sampler: str) -> tuple[float, float]:
    distances = to_sets(evidence, sampler)
    scores = torch.stack([nearer(own, distances) for own in distances]).fill_diagonal_(0)
    means = scores.sum(dim=1) / (len(distances) - 1)
    return means[0].item(), (1 + int((means[1:] >= means[0]).sum())) / len(distances)


def _against_test(evidence: Evidence, sampler: str) -> tuple[float, float]:
    """T against test rows; for the rank, T ∪ T′ is split again at random 19 times."""
    dataset, generator = evidence.dataset, evidence.generator("metric/copying")
    size = min(len(dataset.train), len(dataset.test))
    near = nearest_of_two(projected(evidence, sampler), dataset.train.clean[:size], dataset.test.clean[:size])
    splits = [torch.arange(2 * size), *(torch.randperm(2 * size, generator=generator) for _ in range(TRUTH_SETS))]
    scores = [near.share_of(order[:size]) for order in splits]
    return scores[0], sum(score >= scores[0] for score in scores) / len(scores)
