"""Estimators of dimension against the exact law of neighbours' distances and against scikit-dimension."""

import math

import numpy as np
import pytest
import torch

from aeeval.errors import Skipped
from aeeval.numerics.intrinsic_dim import gride, gride_influence, local_mle, mle, two_nn
from aeeval.numerics.neighbours import k_nearest

SCALES = (1, 2, 4, 8, 16, 32)


def poisson_radii(rows, dim, generator, k=64):
    """Of a homogeneous Poisson process in R^d the r_j^d are the partial sums of Exp(1) variables, exactly."""
    steps = torch.empty(rows, k, dtype=torch.float64).exponential_(generator=generator)
    return steps.cumsum(dim=1) ** (1 / dim)


def estimators(radii):
    """Every estimator of one number, by name."""
    yield "twonn", two_nn(radii)
    yield "twonn, a tenth censored", two_nn(radii, keep=0.9)
    yield from ((f"mle {k}", mle(radii, k)) for k in (2, 20, 64))
    yield from ((f"gride {n1}", gride(radii, n1)) for n1 in SCALES)


@pytest.mark.parametrize("dim", [1, 5, 20, 100])
def test_every_estimator_reads_d_within_its_standard_error(dim, generator):
    radii = poisson_radii(4000, dim, generator)
    for name, one in estimators(radii):
        assert one.value == pytest.approx(dim, abs=4 * one.stderr), name
        assert one.stderr < 0.03 * dim, name


def test_standard_errors_are_right():
    """z-scores over 40 seeds of 4 dimensions: 160 of mean 0 ± .08 and sd 1 ± .056 for each estimator."""
    scores = {}
    for seed in range(40):
        generator = torch.Generator().manual_seed(seed)
        for dim in (1, 5, 20, 100):
            for name, one in estimators(poisson_radii(300, dim, generator)):
                scores.setdefault(name, []).append((one.value - dim) / one.stderr)
    for name, z in scores.items():
        assert 0.85 < np.std(z) < 1.1, (name, np.std(z))
        assert abs(np.mean(z)) < 4 / 160**0.5, (name, np.mean(z))


def test_small_samples_are_not_biased():
    """(N − 1)/Σ and (N (k − 1) − 1)/Σ: without the −1 ten rows read 11 % too much. 1,000 sets, s.e. 1.2 %."""
    radii = poisson_radii(10_000, 5, torch.Generator().manual_seed(0), k=4).reshape(1000, 10, 4)
    for estimate in (two_nn, lambda r: two_nn(r, keep=0.7), lambda r: gride(r, 1), lambda r: mle(r, 2)):
        values = [estimate(one).value for one in radii]
        assert np.mean(values) == pytest.approx(5, abs=4 * np.std(values) / 1000**0.5)


def test_the_mean_of_local_estimates_is_not_biased(generator):
    """(k − 2)/S: (k − 1)/S reads 1/(k − 2) = 5.6 % too much at k = 20."""
    local = local_mle(poisson_radii(20_000, 10, generator, k=20), 20)
    assert local.shape == (20_000,)
    assert local.mean().item() == pytest.approx(10, abs=4 * local.std().item() / 20_000**0.5)


def test_gride_at_the_smallest_scale_is_two_nn(generator):
    radii = poisson_radii(50, 3, generator, k=2)
    assert gride(radii, 1).value == pytest.approx(two_nn(radii).value, rel=1e-12)


@pytest.mark.parametrize("n1", SCALES)
def test_gride_solves_its_equation(n1, generator):
    """By bisection of the equation as it stands, and its Fisher error by second differences of the log-likelihood."""
    radii = poisson_radii(40, 4, generator)
    x = (radii[:, 2 * n1 - 1] / radii[:, n1 - 1]).log()

    def slope(d, count=39):
        return count / d + (n1 - 1) * (x / (1 - (-d * x).exp())).sum() - (2 * n1 - 1) * x.sum()

    low, high = 0.1, 100.0
    for _ in range(100):
        middle = (low + high) / 2
        low, high = (middle, high) if slope(middle) > 0 else (low, middle)
    found = gride(radii, n1)
    assert found.value == pytest.approx(low, rel=1e-10)
    bend = (slope(low + 1e-4, 40) - slope(low - 1e-4, 40)).item() / 2e-4
    assert found.stderr == pytest.approx((-bend) ** -0.5, rel=1e-5)


def test_influence_foretells_what_leaving_a_row_out_does(generator):
    radii = poisson_radii(500, 4, generator)
    for n1 in SCALES:
        whole = gride(radii, n1)
        moved = gride_influence(radii, n1, whole.value)
        without = [gride(torch.cat([radii[:i], radii[i + 1 :]]), n1).value for i in range(5)]
        expected = [whole.value - one for one in without]
        assert moved[:5].tolist() == pytest.approx(expected, abs=2e-2 * whole.stderr)


# Answers of scikit-dimension 0.5.0 on rows of numpy's frozen RandomState; in its MLE N (k − 1) is not less 1.
#   TwoNN(method="mle", discard_fraction=c).fit(x).dimension_
#   MLE().fit(x, n_neighbors=k).dimension_;  MLE(unbiased=True).fit(x, n_neighbors=k, comb="mean").dimension_
#   GRIDE(multiscale=True).fit(x): dimension_scales_, error_scales_
def sphere():
    x = np.random.RandomState(7).standard_normal((300, 5))
    return x / np.linalg.norm(x, axis=1, keepdims=True)


def box():
    random = np.random.RandomState(8)
    return random.uniform(size=(400, 3)) @ random.standard_normal((3, 6))


PEER = {
    sphere: {
        "sum": -10.577971056424172,
        "twonn": {1.0: 3.9106042108583026, 0.9: 3.942522211829465},
        "mle": {5: 3.9014821325983235, 20: 3.776961359958143},
        "local": {5: 3.7722527500513503, 20: 3.808724845256082},
        "gride": [3.910604210858, 4.125838386688, 3.530454967606, 3.723396564171, 3.810669368523, 3.694947787580],
        "error": [0.225778839383, 0.171673639786, 0.104136837078, 0.077647586245, 0.056138451322, 0.038483880799],
    },
    box: {
        "sum": 637.5645881035358,
        "twonn": {1.0: 2.7929778247198103, 0.9: 2.8647026749161784},
        "mle": {5: 2.809128433703101, 20: 2.6961843619920316},
        "local": {5: 3.02870262542835, 20: 2.686035041897292},
        "gride": [2.792977824720, 2.887343384069, 2.667311069595, 2.660611418670, 2.625999489686, 2.523878432679],
        "error": [0.139648891236, 0.104096465145, 0.068146075673, 0.048043779628, 0.033506375695, 0.022769482245],
    },
}


@pytest.fixture(params=PEER, ids=lambda make: make.__name__)
def peer(request):
    x = torch.from_numpy(request.param())
    answers = PEER[request.param]
    assert x.sum().item() == pytest.approx(answers["sum"], rel=1e-12)
    return k_nearest(x, x, 64, torch.arange(len(x))).distance, answers


def test_agrees_with_scikit_dimension(peer):
    radii, answers = peer
    for keep, value in answers["twonn"].items():
        assert two_nn(radii, keep).value == pytest.approx(value, rel=1e-10)
    for k, value in answers["mle"].items():
        terms = len(radii) * (k - 1)
        assert mle(radii, k).value == pytest.approx(value * (terms - 1) / terms, rel=1e-10)
    assert [gride(radii, n1).value for n1 in SCALES] == pytest.approx(answers["gride"], rel=1e-10)
    assert [gride(radii, n1).stderr for n1 in SCALES] == pytest.approx(answers["error"], rel=1e-8)


def test_local_estimates_agree_with_scikit_dimension(peer):
    radii, answers = peer
    for k, value in answers["local"].items():
        assert local_mle(radii, k).mean().item() == pytest.approx(value, rel=1e-10)


def test_units_and_order_change_nothing(generator):
    radii = poisson_radii(100, 3, generator)
    shuffled = 1e-7 * radii[torch.randperm(100, generator=generator)]
    for (name, one), (_, other) in zip(estimators(radii), estimators(shuffled), strict=True):
        assert other.value == pytest.approx(one.value, rel=1e-12), name


def test_rows_at_distance_zero_are_left_out(generator):
    radii = poisson_radii(100, 3, generator)
    spoilt = torch.cat([radii, torch.zeros(7, 64, dtype=torch.float64)])
    for (name, one), (_, other) in zip(estimators(radii), estimators(spoilt), strict=True):
        assert (other.value, other.rows) == (one.value, 100), name
    assert (gride_influence(spoilt, 2, 3.0)[100:] == 0).all()


@pytest.mark.parametrize("estimate", [two_nn, lambda r: mle(r, 2), lambda r: gride(r, 1), lambda r: gride(r, 2)])
def test_no_dimension_without_distances(estimate):
    with pytest.raises(Skipped, match="0 rows differ from their neighbours"):
        estimate(torch.zeros(5, 4))
    with pytest.raises(Skipped, match="2 rows differ"):
        estimate(torch.arange(1.0, 9).reshape(2, 4))
    with pytest.raises(Skipped, match="equally far"):
        estimate(torch.ones(5, 4))


def test_ties_at_a_larger_scale_stay_finite(generator):
    """On a grid r_{n1} = r_{2 n1} for many rows: a ratio of 1 has its limit in the equation."""
    radii = poisson_radii(50, 2, generator, k=8)
    radii[:20, 3:] = radii[:20, 3:4]
    found = gride(radii, 4)
    assert math.isfinite(found.value)
    assert found.value > gride(radii[20:], 4).value
