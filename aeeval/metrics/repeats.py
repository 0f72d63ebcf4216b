"""A flag of sampling: rows that a sampler draws again and again."""

from collections.abc import Iterator

import torch
from torch import Tensor

from aeeval.evidence import Evidence
from aeeval.metrics.base import Value, metric
from aeeval.metrics.samplers import each_sampler
from aeeval.samples import draw

SAME = 1e-6  # of scale: rows nearer than that are one row in single precision
MOST = 0.1


@metric(
    capability="sampling",
    unit="1",
    better="none",
    ideal=0.0,
    range="[0, 1)",
    effect="difference",
)
def repeated_samples(evidence: Evidence) -> Iterator[Value]:
    """Share of samples that repeat another one: 1 − #{distinct rows} / n; 0 for a continuous law, → 1 for one point.

    Rows are one where they agree to 1e-6 of scale in all coordinates. Axis `sampler`. A flag: above 10 % the record
    carries a reason. A single perfect sample drawn n times is on 𝓜, reads 0 as `sample_distance`, and is seen here.
    Null: the share among the rows of truth (sampler truth), 0 on manifolds. Source: ours.
    """

    def measure(sampler: str) -> Iterator[Value]:
        share = _repeated(draw(evidence, sampler) / evidence.scale)
        raised = share > MOST and sampler in evidence.samplers  # reconstructions may well repeat
        flag = f"{share:.0%} of the samples of {sampler} repeat another one" if raised else None
        yield Value(share, axes={"sampler": sampler}, reason=flag)

    return each_sampler(evidence, measure)


def _repeated(rows: Tensor) -> float:
    """Rows are put into cells; two equal up to rounding may be told apart at the edge of one, far ones never merge."""
    return 1 - len(torch.unique((rows / SAME).round(), dim=0)) / len(rows)
