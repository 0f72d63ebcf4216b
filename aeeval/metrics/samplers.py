"""What metrics with the axis `sampler` have in common: one value a sampler, and ranks among truth samples."""

from collections.abc import Callable, Iterable, Iterator
from functools import partial

from torch import Tensor

from aeeval.errors import Skipped, SubmissionError, TimeLimit
from aeeval.evidence import Evidence
from aeeval.metrics.base import Axis, Value
from aeeval.samples import REFERENCE_ROWS


def each_sampler(evidence: Evidence, measure: Callable[[str], Iterator[Value]]) -> Iterator[Value]:
    """The values of every sampler and reference row; a sampler that a model does not have is skipped alone."""
    for sampler in (*evidence.samplers, *REFERENCE_ROWS):
        yield from alone(partial(measure, sampler), sampler=sampler)


def alone(measure: Callable[[], Iterable[Value]], **axes: Axis) -> Iterator[Value]:
    """The values of one part of a metric; where it has none, or the model none there, these axes alone are without."""
    try:
        yield from measure()
    except Skipped as skip:
        yield Value.skipped(str(skip), **axes)
    except TimeLimit:
        raise
    except SubmissionError as error:
        yield Value.failed(str(error), **axes)


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
