"""Sampling: who lies in whose neighbourhood. Fidelity (precision, density) and diversity (recall, coverage)."""

from collections.abc import Callable, Iterator

from aeeval.comparisons import NEIGHBOURS, compared, nulls, pair_rows, reference
from aeeval.errors import Skipped
from aeeval.evidence import Evidence
from aeeval.metrics.base import Value, metric
from aeeval.metrics.samplers import each_sampler, rank_below
from aeeval.numerics.neighbourhoods import coverage_null

EMPTY = 0.01  # share of true rows without a neighbourhood that costs less than the margins


@metric(
    capability="sampling", unit="share", better="higher", ideal=1.0, range="[0, 1]", effect="difference", margin=0.02
)
def precision(evidence: Evidence) -> Iterator[Value]:
    """Share of samples inside the neighbourhood of some true row: 1 none off the support, 0 all.

    P(∃ i: |g − x_i| < distance of x_i to its 5th nearest true row), x fresh clean truth or clean test rows, up to 1,000
    of each. `null` is its mean for truth itself (less than 1 in many dimensions); on a known manifold `p` is exact, the
    rank among 19 truth samples; ties make it cautious (.01 at .05 with 100 rows). Axis `sampler`. One outlier of the
    truth makes a large ball.
    Source: Kynkäänniemi et al., NeurIPS 2019, with open balls as in the package prdc.
    """
    return _share(evidence, "precision")


@metric(
    capability="sampling", unit="share", better="higher", ideal=1.0, range="[0, 1]", effect="difference", margin=0.02
)
def recall(evidence: Evidence) -> Iterator[Value]:
    """Share of true rows inside the neighbourhood of some sample: 1 nothing is missing, 0 for one repeated sample.

    P(∃ j: |x − g_j| < distance of g_j to its 5th nearest sample); rows, `null` and `p` as for `precision` (.02 at .05
    with 100 rows). Axis `sampler`. A few far samples make large balls. Source: Kynkäänniemi et al., NeurIPS 2019.
    """
    return _share(evidence, "recall")


@metric(
    capability="sampling", unit="ratio", better="target", ideal=1.0, range="[0, ∞)", effect="difference", margin=0.05
)
def density(evidence: Evidence) -> Iterator[Value]:
    """How many neighbourhoods of true rows a sample lies in, over 5: 1 for truth, less off S, more if crowded.

    (1/5) mean_g #{i: |g − x_i| < distance of x_i to its 5th nearest true row}; rows as for `precision`. `null` 1,
    exact; `p` as for `precision`, of so low a density. Axis `sampler`. Source: Naeem et al., ICML 2020.
    """
    return _share(evidence, "density", null=lambda n: 1.0)


@metric(
    capability="sampling", unit="share", better="higher", ideal=1.0, range="[0, 1]", effect="difference", margin=0.02
)
def coverage(evidence: Evidence) -> Iterator[Value]:
    """Share of true rows whose neighbourhood holds a sample: low where modes are missing or samples lie off S.

    P(∃ j: |x_i − g_j| < distance of x_i to its 5th nearest true row); rows as for `precision`. `null` is exact for any
    law, 1 − Π_{j<5} (N − 1 − j)/(2N − 1 − j), .969 for many rows; `p` as there. Axis `sampler`. Never against training
    rows, which would reward copies. Source: Naeem et al., ICML 2020.
    """
    return _share(evidence, "coverage", null=lambda n: coverage_null(n, n, NEIGHBOURS))


def _share(evidence: Evidence, name: str, null: Callable[[int], float] | None = None) -> Iterator[Value]:
    def measure(sampler: str) -> Iterator[Value]:
        _check_balls(evidence)
        value: float = getattr(compared(evidence, sampler), name)
        truths = nulls(evidence)[name]
        known = evidence.dataset.support is not None
        yield Value(
            value,
            null=null(pair_rows(evidence)) if null else truths.mean().item(),
            p=rank_below(value, truths) if known else None,
            axes={"sampler": sampler},
        )

    return each_sampler(evidence, measure)


def _check_balls(evidence: Evidence) -> None:
    """Where true rows are repeated their neighbourhoods are points, and the nulls of continuous laws do not hold."""
    empty = (reference(evidence).balls.radii == 0).double().mean().item()
    if empty > EMPTY:
        raise Skipped(f"{empty:.0%} of the true rows are repeated more than {NEIGHBOURS} times: no neighbourhoods")
