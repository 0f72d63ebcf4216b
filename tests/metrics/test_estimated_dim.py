"""What nearest neighbours say of data, reconstructions and samples of models whose dimension is known."""

import pytest
import torch

from aeeval.datasets.spec import Sizes
from aeeval.evidence import Memo
from aeeval.metrics.estimated_dim import estimated_dim, zero_distances
from tests import worlds

ROWS = Sizes(600, 50, 600, 50)
COUNTS = worlds.Counts(samples=600, probe_rows=10)


def table(metric, model, data, **settings):
    """Numbers by (of or sampler, estimator, scale)."""
    settings = {"counts": COUNTS, "samplers": ("gauss",)} | settings
    values = metric(worlds.evidence(model, data, **settings))
    found = {key(value.axes): value for value in values}
    assert len(found) == len(values)  # the axes tell all values apart
    return found


def key(axes):
    scale = [axes[name] for name in ("n1", "by") if name in axes]
    return (axes.get("sampler", axes["of"]), *([axes["estimator"]] if "estimator" in axes else []), *scale)


@pytest.fixture(scope="module")
def sphere():
    return worlds.dataset(rows=ROWS, dim=5, ambient_dim=20)


@pytest.fixture(scope="module")
def of_identity(sphere):
    return table(estimated_dim, worlds.identity(), sphere)


def test_a_sphere_reads_its_dimension(of_identity):
    """Within 4 standard errors, and the 6 % that curvature and 600 rows cost a k-NN estimate of S⁵."""
    for name in (("twonn",), ("mle",), ("gride", 1), ("gride", 4), ("plateau",)):
        value = of_identity["data", *name]
        assert value.value == pytest.approx(5, abs=4 * value.stderr + 0.3), name
    assert of_identity["data", "local_pca", "gap"].value in (5, 6)  # 32 of 600 rows of a sphere are no flat ball
    assert 4 < of_identity["data", "local_pca", "participation"].value < 5.5


def test_reconstructions_inherit_the_dimension_of_the_data(sphere, of_identity):
    """M is a space of 20 dimensions for the identity and of 8 for PCA₈; both read what the data read."""
    of_pca = table(estimated_dim, worlds.pca(sphere.train.x, 8), sphere)
    for found in (of_identity, of_pca):
        for estimator in ("twonn", "mle", "plateau"):
            assert found["reconstructions", estimator].value == pytest.approx(found["data", estimator].value, rel=0.02)


def test_samples_follow_the_learned_manifold(sphere, of_identity):
    """A Gaussian of codes decoded by PCA₂ is a plane, whatever the data."""
    found = table(estimated_dim, worlds.pca(sphere.train.x, 2), sphere)
    assert found["gauss", "twonn"].value == pytest.approx(2, abs=4 * found["gauss", "twonn"].stderr)
    assert found["gauss", "local_pca", "gap"].value == pytest.approx(2, abs=0.2)
    assert of_identity["data", "twonn"].value > 4


def test_every_number_is_there_or_says_why(of_identity):
    for value in of_identity.values():
        assert (value.value is None) != (value.reason is None)
        assert value.value is None or value.stderr is not None
    scales = {name[2] for name in of_identity if name[:2] == ("data", "gride")}
    assert scales == {1, 2, 4, 8, 16, 32}


def test_a_sampler_that_there_is_not_is_skipped_alone(sphere):
    found = table(estimated_dim, worlds.identity(), sphere, samplers=("native", "gauss"))
    assert "no sampler" in found[("native",)].reason
    assert found["gauss", "twonn"].value is not None


def test_a_collapsed_model_has_no_dimension(sphere):
    model = worlds.constant(torch.ones(20, dtype=torch.float64))
    assert "1 distinct rows; 24 are needed" in table(estimated_dim, model, sphere)[("reconstructions",)].reason
    shares = table(zero_distances, model, sphere)
    assert shares[("reconstructions",)].value == pytest.approx(599 / 600)
    assert shares[("data",)].value == 0


def test_repeated_rows_count_once(sphere):
    """A memoriser answers with few of its rows many times over: its dimension is that of the distinct ones."""
    model = worlds.memoriser(sphere.train.clean)
    found, shares = table(estimated_dim, model, sphere), table(zero_distances, model, sphere)
    share = shares[("reconstructions",)].value
    assert 0.2 < share < 0.6
    twonn = found["reconstructions", "twonn"]
    assert twonn.value == pytest.approx(5, abs=4 * twonn.stderr + 0.3)


def test_near_duplicates_have_no_dimension(sphere, generator):
    """Every second reconstruction is a copy of the one before, moved by 1e-4: TwoNN alone would read .15."""

    def pairs(x):
        twin = x.clone()
        twin[1::2] = twin[: len(x) - 1 : 2] + 1e-4 * torch.randn(len(x) // 2, 20, generator=generator, dtype=x.dtype)
        return twin

    found = table(estimated_dim, worlds.World(worlds.same, pairs), sphere)
    for estimator in ("twonn", "mle", "gride", "plateau"):
        assert "near-duplicates: 100% of the rows" in found["reconstructions", estimator].reason
    assert found["data", "twonn"].value is not None


def test_bad_rows_are_named(sphere):
    broken = worlds.World(worlds.same, lambda z: z.index_fill(0, torch.tensor([3]), torch.nan))
    assert table(estimated_dim, broken, sphere)[("reconstructions",)].reason == "rows are not finite"


def test_constant_columns_and_offsets_change_nothing(sphere, of_identity):
    """As a model answers in float32: beside an offset of 100, |x|² + |y|² − 2⟨x, y⟩ in float32 has no digits left."""
    moved = worlds.World(
        worlds.same, lambda z: torch.cat([z, torch.full_like(z, 7.0)], dim=1).add(100).float().double()
    )
    found = table(estimated_dim, moved, sphere)
    for estimator in ("twonn", "mle"):
        assert found["reconstructions", estimator].value == pytest.approx(
            of_identity["data", estimator].value, rel=1e-3
        )


def test_one_dimension_in_one_coordinate():
    """D = 1: the first coordinate of a circle, a line whose density is not constant."""
    circle = worlds.dataset(rows=ROWS, dim=1, ambient_dim=2)
    flat = worlds.World(lambda x: x[:, :1], worlds.same)
    found = table(estimated_dim, flat, circle)
    assert found["reconstructions", "mle"].value == pytest.approx(1, abs=4 * found["reconstructions", "mle"].stderr)
    assert found["reconstructions", "local_pca", "gap"].value == 1


@pytest.mark.parametrize(("rows", "scales"), [(20, None), (60, {1, 2}), (150, {1, 2, 4, 8})])
def test_few_rows_have_short_curves(rows, scales):
    data = worlds.dataset(rows=Sizes(rows, 10, rows, 10), dim=2, ambient_dim=5)
    found = table(estimated_dim, worlds.identity(), data)
    if scales is None:
        assert found[("data",)].reason == "20 distinct rows; 24 are needed"
        return
    assert {name[2] for name in found if name[:2] == ("data", "gride")} == scales
    if len(scales) < 3:
        assert "3 are needed" in found["data", "plateau"].reason


def test_real_rows_without_a_manifold():
    from aeeval.datasets.make import make_dataset
    from aeeval.datasets.spec import DataSpec

    data = make_dataset(DataSpec(dataset="digits", rows=Sizes(600, 100, 600, 0)), "digits", 0)
    found = table(estimated_dim, worlds.pca(data.train.x, 3), data)
    assert 5 < found["data", "mle"].value < 15
    assert found["reconstructions", "mle"].value == pytest.approx(3, abs=0.5)
    assert found["reconstructions", "local_pca", "gap"].value == pytest.approx(3, abs=0.2)


def test_the_data_are_measured_once_for_all_submissions(sphere):
    shared = Memo()
    for _ in range(2):
        evidence = worlds.evidence(worlds.identity(), sphere, counts=COUNTS, samplers=())
        evidence.shared = shared
        estimated_dim(evidence)
    assert list(shared.values) == ["estimated dim of data"]
