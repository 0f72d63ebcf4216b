"""When two answers to the same question are the same."""

from torch import Tensor

from aeeval.submissions.checks.finding import prefer, require

# Single precision has seven digits; sums in another order, as for another batch size, cost two of them in a shallow
# model (measured over the baselines: 2e-6) and three in a deep one (an AutoencoderKL of diffusers with 84 million
# parameters: 1.4e-4, by other kernels for one row than for four). Half precision has three digits.
ROUNDING, COARSE = 1e-3, 1e-2


def deviation(answer: Tensor, other: Tensor) -> float:
    """max |a − b| over the RMS spread of the rows of a, (n, length) each; over their RMS where the rows are all alike.

    0 for equal answers, about 1 for answers that have nothing in common.
    """
    gap = (answer - other).abs().max().item()
    size = answer.square().mean().sqrt().item()
    spread = (answer - answer.mean(dim=0)).square().mean().sqrt().item()
    unit = spread if spread > 1e-3 * size else size
    return gap / unit if unit else gap


def same(answer: Tensor, other: Tensor, what: str, way_out: str) -> str:
    """Say that two answers agree; fail where they differ by more than 1 % of their spread, warn above rounding."""
    gap = deviation(answer, other)
    require(gap <= COARSE, f"the same answers {what}", f"a difference of {gap:.2g} of their spread", way_out)
    prefer(gap <= ROUNDING, f"the same answers {what}", f"a difference of {gap:.2g} of their spread", way_out)
    return f"{'equal' if gap == 0 else 'equal up to rounding'} {what}"
