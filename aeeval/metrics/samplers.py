"""What metrics with the axis `sampler` have in common: one value a sampler, and ranks among truth samples."""

from collections.abc import Callable, Iterator

from torch import Tensor

from aeeval.errors import Skipped
from aeeval.evidence import Evidence
from aeeval.metrics.base import Value
from aeeval.samples import REFERENCE_ROWS


def each_sampler(evidence: Evidence, measure: Callable[[str], Iterator[Value]]) -> Iterator[Value]:
    """The values of every sampler and reference row; a sampler that a model does not have is skipped alone."""
    for sampler in (*evidence.samplers, *REFERENCE_ROWS):
        try:
            yield from measure(sampler)
        except Skipped as skip:
            yield Value.skipped(str(skip), sampler=sampler)


def rank_above(value: float, null: Tensor) -> float:
    """The exact probability of so large a rank among exchangeable numbers: (1 + #{null ≥ value}) / (R + 1).

    >>> import torch
    >>> rank_above(5.0, torch.tensor([1.0, 2.0, 6.0]))
    0.5
    """
    return (1 + int((null >= value).sum())) / (1 + len(null))


def rank_below(value: float, null: Tensor) -> float:
    """As `rank_above`, of so small a rank."""
    return rank_above(-value, -null)
