"""Quantiles of a sample, given only where the sample is large enough to hold them."""

import math
from collections.abc import Sequence

import numpy as np
from scipy.stats import binom

LEVEL = 0.95
Interval = tuple[float, float]


def samples_needed(p: float) -> int:
    """The least n at which the largest of n samples lies above the p-quantile with probability `LEVEL`: p^n <= 0.05.

    >>> [samples_needed(p) for p in (0.95, 0.99, 0.999)]
    [59, 299, 2995]
    """
    return math.ceil(math.log(1 - LEVEL) / math.log(p))


def tail_quantile(samples: Sequence[float], p: float) -> float | None:
    """The p-quantile of (n,) samples, by linear interpolation; None where n is below `samples_needed(p)`."""
    return float(np.quantile(samples, p)) if len(samples) >= samples_needed(p) else None


def median_interval(samples: Sequence[float]) -> Interval | None:
    """A confidence interval (low, high) of the median of (n,) samples of any continuous law.

    [x_(j), x_(n+1-j)] with the largest j for which P(Bin(n, 1/2) < j) <= 0.025: it covers the median with probability
    1 - 2 P(Bin(n, 1/2) < j) >= 0.95, exactly. None for n < 6, where even [min, max] covers it less often.
    """
    n = len(samples)
    j = int(binom.ppf((1 - LEVEL) / 2, n, 0.5))
    if j < 1:
        return None
    ordered = np.partition(samples, (j - 1, n - j))
    return float(ordered[j - 1]), float(ordered[n - j])


def relative_half_width(median: float, interval: Interval | None) -> float:
    """Half the width of a median's interval over the median; inf where there is no interval or no positive median."""
    if interval is None or median <= 0:
        return math.inf
    low, high = interval
    return (high - low) / (2 * median)
