"""Known answers of sampling: truth, copies, shrunken, shifted and constant samplers."""

import pytest
import torch

from aeeval import samples, truth_sets
from aeeval.datasets.make import make_dataset
from aeeval.datasets.spec import DataSpec
from aeeval.evidence import Counts
from aeeval.metrics import all_metrics
from aeeval.metrics.sampling import copying, sample_distance, sliced_wasserstein
from aeeval.samples import NULL_SETS, TRUTH_SETS, draw
from tests import worlds


@pytest.fixture(scope="module")
def sphere():
    return worlds.dataset(seed=11, noise=0.05)


def by_sampler(metric, data, sampler=None, model=None, samplers=("native",), seed=0):
    model = model or worlds.World(worlds.same, worlds.same, sampler)
    evidence = worlds.evidence(model, data, samplers=samplers, seed=seed)
    return {tuple(value.axes.values()): value for value in metric(evidence)}


def own(metric, data, sampler, seed=0):
    """The value of the model's own sampler alone: no reference row is measured."""
    model = worlds.World(worlds.same, worlds.same, sampler)
    return next(iter(metric.measure(worlds.evidence(model, data, samplers=("native",), seed=seed))))


def truth(data):
    return lambda n, generator: data.support.sample(n, generator)


def copies(data, jitter=0.0):
    def sample(n, generator):
        rows = data.train.clean[torch.randint(len(data.train), (n,), generator=generator)]
        return rows + jitter * torch.randn(rows.shape, generator=generator, dtype=torch.float64)

    return sample


def test_truth_is_not_told_from_truth(sphere):
    value = by_sampler(sliced_wasserstein, sphere, truth(sphere))[("native",)]
    assert value.value == pytest.approx(value.null, rel=0.5)
    assert value.p > 1 / (NULL_SETS + 1)


def test_a_shifted_sampler_reads_its_shift(sphere):
    """SW₂(X, X + m) → |m|/√D over many directions; 128 directions, one m: sd of the mean square 12 %."""
    shift = 2.0 * torch.eye(20, dtype=torch.float64)[3]
    value = by_sampler(sliced_wasserstein, sphere, lambda n, g: sphere.support.sample(n, g) + shift)[("native",)]
    assert value.value == pytest.approx(2 / 20**0.5, rel=0.25)
    assert value.p == 1 / (NULL_SETS + 1)


def test_the_p_value_of_truth_is_uniform():
    """P(p ≤ .25) = .25 for a perfect sampler; 40 data sets, 4 sd = .27."""
    hits = 0
    for seed in range(40):
        data = worlds.dataset(seed=seed, rows=worlds.Sizes(100, 10, 100, 0))
        hits += own(sliced_wasserstein, data, truth(data), seed=seed).p <= 0.25
    assert abs(hits / 40 - 0.25) < 0.27


def test_sample_distance_is_the_distance_to_the_manifold(sphere):
    values = by_sampler(sample_distance, sphere, lambda n, g: 0.8 * sphere.support.sample(n, g))
    assert values[("native", 0.5)].value == pytest.approx(0.2)
    assert values[("native", 0.95)].value == pytest.approx(0.2)
    assert values[("truth", 0.95)].value == pytest.approx(0, abs=1e-12)


def test_copying_is_a_half_for_truth_whatever_else_is_wrong():
    """.500 ± 4 sd of the mean of 1000 indicators for truth, a shrunken and a narrow sampler."""
    data = worlds.dataset(seed=12, dim=5, ambient_dim=20)
    narrow = data.support.manifold.project(torch.ones(1, 20, dtype=torch.float64))
    samplers = {
        "truth": truth(data),
        "shrunken": lambda n, g: 0.8 * data.support.sample(n, g),
        "narrow": lambda n, g: data.manifold.project(
            narrow + 0.5 * torch.randn(n, 20, generator=g, dtype=torch.float64)
        ),
    }
    for name, sampler in samplers.items():
        value = by_sampler(copying, data, sampler)[("native",)]
        assert value.value == pytest.approx(0.5, abs=4 * (0.25 / 1000) ** 0.5 + 0.02), name
        assert value.p > 1 / (TRUTH_SETS + 1) - 1e-9


def test_copies_are_found_also_under_noise_off_the_manifold():
    """Noise normal to the manifold hides copies from the raw distance; the projection takes it away."""
    data = worlds.dataset(seed=13, dim=5, ambient_dim=20)
    plain = by_sampler(copying, data, copies(data))[("native",)]
    hidden = by_sampler(copying, data, copies(data, jitter=0.01))[("native",)]
    assert plain.value >= 0.99
    assert hidden.value >= 0.95
    assert plain.p == hidden.p == 1 / (TRUTH_SETS + 1)


def test_the_p_value_of_copying_is_exact():
    """An independent point-mass sampler: P(p ≤ .25) = .25; 60 data sets, 4 sd = .22."""
    hits = 0
    for seed in range(60):
        data = worlds.dataset(seed=seed, rows=worlds.Sizes(50, 10, 50, 0))
        point = data.manifold.project(torch.ones(1, 20, dtype=torch.float64))
        hits += own(copying, data, lambda n, g, p=point: p.expand(n, -1), seed=seed).p <= 0.25
    assert abs(hits / 60 - 0.25) < 0.22


def test_copying_on_real_rows_against_test_rows():
    data = make_dataset(DataSpec(dataset="digits"), "digits", 0)
    copied = by_sampler(copying, data, lambda n, g: data.train.clean[:n])[("native",)]
    honest = by_sampler(copying, data, lambda n, g: data.val.clean[torch.arange(n) % len(data.val)])[("native",)]
    assert copied.value > 0.95
    assert copied.p == 1 / (TRUTH_SETS + 1)
    assert honest.value == pytest.approx(0.5, abs=0.15)  # 200 rows, each about a fair coin: 4 sd


def test_every_sampler_is_a_row_and_what_is_missing_says_why(sphere):
    model = worlds.pca(sphere.train.x, 3)
    values = by_sampler(sliced_wasserstein, sphere, model=model, samplers=("native", "prior", "gauss", "gmm10"))
    assert list(values) == [(s,) for s in ("native", "prior", "gauss", "gmm10", "train_recon", "test_recon", "truth")]
    assert values[("native",)].reason == "the model has no sampler of its own"
    constant = by_sampler(
        sliced_wasserstein, sphere, model=worlds.constant(sphere.train.x[0]), samplers=("gauss", "gmm10")
    )
    assert constant[("gauss",)].reason == constant[("gmm10",)].reason == "codes do not vary"


def test_a_fitted_gaussian_of_gaussian_codes_is_the_law():
    """PCA of a flat cube: `gauss` has the right covariance, so it lies nearer the law than the prior N(0, I)."""
    data = worlds.dataset("plane", 1, support="box", dim=2, ambient_dim=5)
    values = by_sampler(
        sliced_wasserstein, data, model=worlds.pca(data.train.x, 2), samplers=("prior", "gauss", "gmm10")
    )
    assert values[("gmm10",)].value < values[("gauss",)].value < values[("prior",)].value


def test_copying_reads_the_same_by_trees_and_by_products(monkeypatch):
    data = worlds.dataset(seed=3, noise=0.05, rows=worlds.Sizes(150, 20, 150, 0))
    model = worlds.pca(data.train.x, 3)
    by_tree = by_sampler(copying, data, model=model, samplers=("gauss",))
    monkeypatch.setattr(truth_sets, "TREE_DIM", 0)
    assert by_sampler(copying, data, model=model, samplers=("gauss",)) == by_tree


def test_copying_reads_the_same_where_no_set_of_fresh_truth_is_kept(monkeypatch):
    """Drawn again for each model, whole or in parts: other draws of the same law, so equal up to chance in parts."""
    data = worlds.dataset(seed=3, noise=0.05, rows=worlds.Sizes(150, 20, 150, 0))
    model = worlds.pca(data.train.x, 3)
    kept = by_sampler(copying, data, model=model, samplers=("native", "gauss"))
    monkeypatch.setattr(truth_sets, "KEPT", 0)
    assert by_sampler(copying, data, model=model, samplers=("native", "gauss")) == kept
    monkeypatch.setattr(samples, "NUMBERS", 20 * 64)
    parts = by_sampler(copying, data, model=model, samplers=("native", "gauss"))
    assert parts[("gauss",)].value == pytest.approx(kept[("gauss",)].value, abs=0.1)  # 19 sets of 150 rows: 4 sd
    assert parts[("truth",)].value == pytest.approx(0.5, abs=0.1)


def test_the_row_of_truth_is_measured_once_for_all_submissions():
    """And reads what it reads for a submission that comes alone, whatever that submission is."""
    data = worlds.dataset(seed=4, support="cap", rows=worlds.Sizes(60, 10, 60, 0))
    model, other = worlds.identity(), worlds.projector(data.manifold, 0.5)
    sampled = [metric for metric in all_metrics() if metric.capability == "sampling"]

    def rows_of_truth(model, shared=None):
        evidence = worlds.evidence(model, data, counts=Counts(60, 10), samplers=())
        evidence.shared = shared or evidence.shared
        return [v for metric in sampled for v in metric(evidence) if v.axes["sampler"] == "truth"], evidence

    alone, _ = rows_of_truth(other)
    _, first = rows_of_truth(model)
    again, second = rows_of_truth(other, first.shared)
    assert again == alone
    assert draw(second, "truth") is draw(first, "truth")
    assert draw(second, "test_recon") is not draw(first, "test_recon")
