"""Every way to fail is seen by the number that is there for it, and a perfect sampler by none, as p-values.

On a flat torus in R^12 with a gap, where truth, missing mass, holes, copies and hidden copies can be made exactly.
"""

import pytest
import torch

from aeeval.datasets.make import make_dataset
from aeeval.datasets.spec import DataSpec, Sizes
from aeeval.evidence import Counts
from aeeval.metrics.charts import chart_tv, hole_mass
from aeeval.metrics.copies import authenticity, z_u
from aeeval.metrics.coverage import coverage, density, precision, recall
from aeeval.metrics.distances import energy_distance, frechet, mmd
from aeeval.metrics.sampling import copying, sample_distance
from aeeval.samples import NULL_SETS, TRUTH_SETS
from tests import worlds

N = 500
PAIRS = (energy_distance, mmd, frechet, precision, recall, density, coverage)
ALL = (*PAIRS, chart_tv, hole_mass, copying, z_u, authenticity)
SURE = 1 / (TRUTH_SETS + 1)


def torus(rows=N, **piece):
    spec = DataSpec(manifold="flat-torus", params={"dim": 2, "ambient_dim": 12}, rows=Sizes(rows, 10, rows, 0), **piece)
    return make_dataset(spec, "torus", 3)


@pytest.fixture(scope="module")
def data():
    return torus(density="gap")


def noisy(rows, sd, generator):
    return rows + sd * torch.randn(rows.shape, generator=generator, dtype=torch.float64)


def perfect(data, n, generator):
    return data.support.sample(n, generator)


def off(data, n, generator):
    return noisy(perfect(data, n, generator), 0.05, generator)


def missing(data, n, generator):
    """No sample where the first angle is positive and the second too: a quarter of the mass."""
    rows = perfect(data, 3 * n, generator)
    native = data.support.manifold.coordinates(rows)
    return rows[(native[:, 1] < 0) | (native[:, 3] < 0)][:n]


def hole(data, n, generator):
    """A tenth of the samples in the gap."""
    everywhere = data.manifold.sample(20 * n, generator)
    inside = everywhere[data.support.support_distance(everywhere) > 0.05][: n // 10]
    return torch.cat([inside, perfect(data, n - len(inside), generator)])


def copies(data, n, generator):
    return data.train.clean[torch.randint(len(data.train), (n,), generator=generator)]


def hidden_copies(data, n, generator):
    """Copies under noise off 𝓜, a tenth of scale in each of eight directions: farther from training rows than truth."""
    across = data.manifold.complement
    noise = 0.1 * torch.randn(n, len(across), generator=generator, dtype=torch.float64)
    return copies(data, n, generator) + noise @ across


def repeated(data, n, generator):
    return data.train.clean[:1].expand(n, -1)


SAMPLERS = (perfect, off, missing, hole, copies, hidden_copies, repeated)


@pytest.fixture(scope="module")
def read(data):
    """(sampler, metric) -> value, all against one truth: the samplers stand in one evidence, their rows drawn here."""
    names = {sampler.__name__: sampler for sampler in SAMPLERS}
    evidence = worlds.evidence(worlds.identity(), data, counts=Counts(samples=N), samplers=tuple(names))
    for name, sampler in names.items():
        evidence.memo.get(f"sample {name}", lambda s=sampler, n=name: s(data, N, evidence.generator(f"sampler/{n}")))
    values = {metric.id: {v.axes["sampler"]: v for v in metric(evidence)} for metric in (*ALL, sample_distance)}
    return {(sampler, metric): found[name] for metric, found in values.items() for name, sampler in names.items()}


@pytest.mark.parametrize(
    ("sampler", "seen_by"),
    [
        (off, ("precision", "density", "coverage")),
        (missing, ("energy_distance", "mmd", "frechet", "recall", "coverage", "chart_tv")),
        (hole, ("hole_mass", "precision", "chart_tv")),
        (copies, ("copying", "z_u", "authenticity")),
        (hidden_copies, ("copying", "z_u", "authenticity")),
        (repeated, ("energy_distance", "mmd", "frechet", "recall", "coverage", "chart_tv")),
    ],
)
def test_a_failure_is_seen(sampler, seen_by, read):
    assert {name: read[sampler, name].p for name in seen_by if not read[sampler, name].p <= SURE} == {}


@pytest.mark.parametrize(
    ("sampler", "blind"),
    [
        (off, ("mmd", "energy_distance", "copying")),
        (missing, ("hole_mass", "precision", "copying")),
        (copies, ("hole_mass", "precision", "energy_distance", "mmd", "frechet")),
    ],
)
def test_a_failure_is_not_taken_for_another(sampler, blind, read):
    """One draw, as all here: an honest p is under 1/20 for one in twenty, and at this seed for none.

    Noise in all directions does put samples into the gap, over its edge.
    """
    assert {name: read[sampler, name].p for name in blind if read[sampler, name].p <= SURE} == {}


def test_a_perfect_sampler_is_seen_by_none(read):
    assert {m.id: read[perfect, m.id].p for m in ALL if read[perfect, m.id].p < 0.01} == {}
    assert read[perfect, "hole_mass"].value == 0
    assert read[perfect, "sample_distance"].value < 1e-12


def test_numbers_that_are_known(read):
    """The hole holds a tenth; one point has 1 − 1/K with K = 32 for 500 rows; no copy is authentic."""
    assert read[hole, "hole_mass"].value == pytest.approx(0.1)
    assert read[hole, "hole_mass"].p == 1 / (NULL_SETS + 1)
    assert read[repeated, "chart_tv"].value == pytest.approx(1 - 1 / 32)
    assert read[repeated, "recall"].value == 0
    assert read[repeated, "precision"].value == 1
    assert read[repeated, "sample_distance"].value < 1e-12
    assert read[copies, "z_u"].value < -20
    assert read[hidden_copies, "z_u"].value < -20
    assert read[copies, "authenticity"].value == pytest.approx(
        -0.38, abs=4 * 0.03
    )  # 1 − p_2, .022 binomial and shared T


def test_holes_hold_all_that_lies_beyond_one_percent_of_scale(data):
    """Points at known distances from the edge of the gap: the tolerance is 1 % of scale, no more."""
    beyond = data.manifold.sample(4000, torch.Generator().manual_seed(0))
    distance = data.support.support_distance(beyond)
    expected = (distance > 0.01 * data.scale).double().mean().item()
    model = worlds.World(worlds.same, worlds.same, lambda n, g: beyond[:n])
    evidence = worlds.evidence(model, data, counts=Counts(samples=N), samplers=("native",))
    got = hole_mass(evidence)[0].value
    assert got == (distance[:N] > 0.01 * data.scale).double().mean().item()
    assert got == pytest.approx(expected, abs=4 * (0.25 / N) ** 0.5)
    assert expected == pytest.approx(0.2, abs=0.03)  # the gap is a fifth of the circle


def test_samples_that_all_lie_in_the_hole_share_nothing_with_the_law(data):
    """Total variation 1, of chart_tv too, where outside is a cell of its own."""
    beyond = data.manifold.sample(20 * N, torch.Generator().manual_seed(1))
    inside = beyond[data.support.support_distance(beyond) > 0.05][:N]
    model = worlds.World(worlds.same, worlds.same, lambda n, g: inside)
    evidence = worlds.evidence(model, data, counts=Counts(samples=N), samplers=("native",))
    assert hole_mass(evidence)[0].value == 1
    assert chart_tv(evidence)[0].value == pytest.approx(1, abs=1e-12)


def test_heavy_tailed_codes_do_not_break_the_samplers():
    """Codes t_1 (Cauchy): a decoder that undoes them has gauss and gmm10 draws far out; each number is finite."""
    data = worlds.dataset("plane", 1, support="box", dim=2, ambient_dim=5, rows=Sizes(200, 10, 200, 0))
    flat = worlds.pca(data.train.x, 2)
    width = 1.01 * flat.encode(data.train.x).abs().amax()
    heavy = worlds.World(
        lambda x: (flat.encode(x) / width * torch.pi / 2).tan(), lambda z: flat.decode(2 * width / torch.pi * z.atan())
    )
    evidence = worlds.evidence(heavy, data, counts=Counts(samples=200), samplers=("gauss", "gmm10"))
    for metric in ALL:
        values = {value.axes["sampler"]: value for value in metric(evidence)}
        assert all(value.value is not None and abs(value.value) < 1e6 for value in values.values()), metric.id
        if metric in (energy_distance, chart_tv):
            assert values["gauss"].p <= SURE  # most of its draws lie at the edges, and that is seen
            assert values["test_recon"].p > SURE / 2


def test_far_samples_are_measured_not_clipped(data):
    """One sample in 500 at 1e6 scale: the moments show it, and the neighbourhoods of the others stay as they are."""

    def sampler(n, generator):
        rows = perfect(data, n, generator).clone()
        rows[0] = 1e6 * rows[0]
        return rows

    evidence = worlds.evidence(
        worlds.World(worlds.same, worlds.same, sampler), data, counts=Counts(samples=N), samplers=("native",)
    )
    values = {metric.id: metric(evidence)[0] for metric in (*PAIRS, chart_tv)}
    assert values["frechet"].value > 1e6
    assert values["precision"].value == pytest.approx(values["precision"].null, abs=0.02)
    assert all(torch.isfinite(torch.tensor(value.value)) for value in values.values())


def rates(repetitions, level, rows=64):
    """Share of perfect samplers whose p is at most the level, a metric."""
    metrics = [metric for metric in ALL if metric is not copying]  # whose rate is tested beside it
    data, hits = torus(rows, support="box"), dict.fromkeys((metric.id for metric in metrics), 0)
    model = worlds.World(worlds.same, worlds.same, lambda n, g: perfect(data, n, g))
    for seed in range(repetitions):
        evidence = worlds.evidence(model, data, seed=seed, counts=Counts(samples=rows), samplers=("native",))
        for metric in metrics:
            own = next(iter(metric.measure(evidence)))  # that of the model's own sampler, and no reference row
            hits[metric.id] += own.p <= level + 1e-12
    return {name: count / repetitions for name, count in hits.items()}


def check_rates(found, level, repetitions):
    """At most the level; equal to it for numbers without ties (the others are conservative); 4 binomial sd."""
    slack = 4 * (level * (1 - level) / repetitions) ** 0.5
    assert {name: rate for name, rate in found.items() if rate > level + slack} == {}
    continuous = ("energy_distance", "mmd", "frechet", "z_u")
    assert {name: found[name] for name in continuous if found[name] < level - slack} == {}


def test_a_perfect_sampler_is_seen_at_the_stated_rate():
    check_rates(rates(40, 0.25), 0.25, 40)


@pytest.mark.slow
def test_a_perfect_sampler_is_seen_at_the_stated_rate_in_600_runs():
    found = rates(600, 0.05)
    check_rates({name: rate for name, rate in found.items() if name != "authenticity"}, 0.05, 600)
    assert found["authenticity"] <= 0.06 + 4 * (0.06 * 0.94 / 600) ** 0.5  # of the normal approximation, as stated


def test_real_rows_have_all_numbers_and_no_p_where_there_is_no_fresh_truth():
    digits = make_dataset(DataSpec(dataset="digits"), "digits", 0)
    model = worlds.World(worlds.same, worlds.same, lambda n, g: digits.val.clean[torch.arange(n) % len(digits.val)])
    evidence = worlds.evidence(model, digits, counts=Counts(samples=300), samplers=("native",))
    for metric in PAIRS:
        value = metric(evidence)[0]
        assert value.p is None
        assert value.null is not None
    assert recall(evidence)[0].value > 0.5
    shuffled = digits.val.clean[:, torch.randperm(64, generator=torch.Generator().manual_seed(0))]
    wrong = worlds.evidence(
        worlds.World(worlds.same, worlds.same, lambda n, g: shuffled[torch.arange(n) % len(shuffled)]),
        digits,
        counts=Counts(samples=300),
        samplers=("native",),
    )
    assert precision(wrong)[0].value < 0.05
    assert energy_distance(wrong)[0].value > 20 * abs(energy_distance(evidence)[0].value)
