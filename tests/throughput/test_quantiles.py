"""Quantiles only where the sample holds them; the interval of the median covers it as often as it says."""

import numpy as np
import pytest
from scipy.stats import binom

from aeeval.throughput.quantiles import median_interval, samples_needed, tail_quantile
from aeeval.throughput.timing import Sample, Timing


def timing(seconds, cpu=None):
    samples = [Sample(s, c) for s, c in zip(seconds, cpu or [None] * len(seconds), strict=True)]
    facts = {"op": "encode", "batch": 4, "mode": "latency", "first_call_s": 1.0, "warmup_calls": 3}
    return Timing.of(samples, **facts, converged=True, stop_reason="")


@pytest.mark.parametrize(
    ("n", "p95", "p99"), [(58, False, False), (59, True, False), (298, True, False), (299, True, True)]
)
def test_tails_are_null_below_the_sample_that_supports_them(n, p95, p99):
    got = timing(list(np.linspace(1, 2, n)))
    assert (got.p95 is not None, got.p99 is not None) == (p95, p99)
    assert got.p50 <= (got.p95 or 2) <= (got.p99 or 2) <= 2


@pytest.mark.parametrize("p", [0.5, 0.9, 0.95, 0.99])
def test_samples_needed_is_the_least_number(p):
    n = samples_needed(p)
    assert p**n <= 0.05 < p ** (n - 1)


@pytest.mark.parametrize("n", [6, 30, 59, 300])
def test_the_interval_of_the_median_covers_at_its_exact_rate(n):
    """1 − 2 P(Bin(n, ½) < j) ≥ .95; 4000 samples of a skewed law, whose median is known: within 4 binomial sd."""
    rng = np.random.default_rng(n)
    truth, hits = np.log(2), 0
    for row in rng.exponential(size=(4000, n)):
        low, high = median_interval(row)
        hits += low <= truth <= high
    j = int(binom.ppf(0.025, n, 0.5))
    rate = 1 - 2 * binom.cdf(j - 1, n, 0.5)
    assert rate >= 0.95
    assert hits / 4000 == pytest.approx(rate, abs=4 * (rate * (1 - rate) / 4000) ** 0.5)


def test_five_samples_have_no_interval():
    assert median_interval([1.0, 2, 3, 4, 5]) is None
    assert tail_quantile([1.0] * 5, 0.95) is None
    assert timing([1.0] * 5).relative_half_width == float("inf")


def test_no_sample_is_dropped_and_rates_follow_the_median():
    got = timing([1.0, 2.0, 100.0])
    assert got.samples == (1.0, 2.0, 100.0)
    assert got.samples_per_s == 2.0


@pytest.mark.parametrize(("cpu", "contended"), [([1.0] * 3, False), ([0.5] * 3, True), (None, False)])
def test_time_that_the_processor_gave_to_others_is_flagged(cpu, contended):
    assert timing([1.0] * 3, cpu).contended == contended
