"""Nothing gameable unseen: each trick has a number that sees it, and an honest model that it is not read on."""

import pytest
import torch

from aeeval.cells import Choice
from aeeval.errors import Skipped
from aeeval.metrics.codes import HEAVY, code_tail, gradient_gap
from aeeval.metrics.extrapolation import extrapolation_error
from aeeval.metrics.flags import passes_input
from aeeval.metrics.reconstruction import fvu
from aeeval.metrics.repeats import repeated_samples
from aeeval.metrics.sampling import sample_distance
from aeeval.report.flags import FLAGS, flags, unranked
from aeeval.seeds import generator
from aeeval.session import Session
from aeeval.submissions.adapted import tensors
from aeeval.submissions.model import Model
from aeeval.submissions.objects import from_object
from aeeval.suite import load_suite
from tests import worlds
from tests.tiny import SUITE, write_suite


@pytest.fixture(scope="module")
def sphere():
    return worlds.dataset(seed=3)


def one(metric, model, data):
    (value,) = metric(worlds.evidence(model, data))
    return value


@pytest.mark.parametrize("passed", [0, 8, 10, 18])
def test_a_perfect_model_that_hands_on_more_than_half_of_its_spare_directions_is_flagged(sphere, passed):
    """k = 20 and d = 2 leave 18 spare directions; π and so many normals are perfect on 𝓜 whatever they pass."""
    model = worlds.thick_projector(sphere.manifold, passed)
    assert one(fvu, model, sphere).value < 1e-20
    value = one(passes_input, model, sphere)
    assert value.value == float(passed > 9)
    assert (value.reason is not None) == (passed > 9)
    if passed > 9:
        assert f"{passed} of 18 spare directions" in value.reason


def test_what_is_perfect_without_passing_noise_or_passes_it_without_being_perfect_is_not_flagged(sphere):
    assert one(passes_input, worlds.projector(sphere.manifold), sphere).value == 0
    shrunk = worlds.linear(0.99 * torch.eye(20, dtype=torch.float64))
    assert one(passes_input, shrunk, sphere).value == 0


def test_a_code_without_room_cannot_pass_anything(sphere):
    with pytest.raises(Skipped, match="k ≤ d"):
        passes_input(worlds.evidence(worlds.pca(sphere.train.x, 2), sphere))


def test_a_pass_through_extrapolates_perfectly_which_is_why_it_is_not_ranked_there():
    cap = worlds.dataset(support="cap", seed=2)
    assert one(extrapolation_error, worlds.identity(), cap).value == 0
    assert FLAGS["passes_input"].unranked == ("reconstruction", "extrapolation")
    assert one(passes_input, worlds.identity(), cap).value == 1


def codes(dim, law):
    """A world whose codes of any rows are draws of a law."""
    return worlds.World(lambda x: law(len(x), dim)[: len(x)], lambda z: z.new_zeros(len(z), 20))


def gauss(n, k):
    return torch.randn(n, k, generator=generator(0), dtype=torch.float64)


@pytest.mark.parametrize("k", [1, 3, 10])
def test_gaussian_codes_have_a_tail_of_one_under_every_affine_recoding(sphere, k):
    """The sd of the median of χ²_k over its value falls from .065 (k = 1) to .014 (k = 10) at n = 1000."""
    value = one(code_tail, codes(k, gauss), sphere)
    assert value.value == pytest.approx(1, abs=4 * 0.065)
    assert value.reason is None
    matrix = torch.eye(k, dtype=torch.float64).mul(1000.0) + 0.1 * gauss(k, k)
    moved = one(code_tail, codes(k, lambda n, k: gauss(n, k) @ matrix + 7), sphere)
    assert moved.value == pytest.approx(value.value, rel=1e-6)


def test_codes_in_a_cube_have_a_light_tail(sphere):
    """k = 1, uniform: m² = 12 (u − ½)², median 3/4, q₅₀(χ²₁) = .4549: .607."""
    value = one(code_tail, codes(1, lambda n, k: torch.linspace(0, 1, n, dtype=torch.float64)[:, None]), sphere)
    assert value.value == pytest.approx(0.4549 / 0.75, abs=0.01)


def test_heavy_tails_are_flagged(sphere):
    """Cauchy codes, and Gaussian ones of which 1 % lie 100 times as far: the variance is 101 times the bulk's."""

    def cauchy(n, k):
        return torch.tan(torch.pi * (torch.rand(n, k, generator=generator(1), dtype=torch.float64) - 0.5))

    def spiked(n, k):
        z = gauss(n, k)
        z[::100] *= 100
        return z

    for law in (cauchy, spiked):
        value = one(code_tail, codes(3, law), sphere)
        assert value.value > 10 * HEAVY
        assert "heavy tails" in value.reason


def test_idle_units_and_few_codes(sphere):
    padded = worlds.World(
        lambda x: torch.nn.functional.pad(gauss(len(x), 3), (0, 2)), lambda z: z.new_zeros(len(z), 20)
    )
    assert one(code_tail, padded, sphere).value == one(code_tail, codes(3, gauss), sphere).value
    few = worlds.dataset(seed=1, rows=worlds.Sizes(30, 20, 30, 0))
    with pytest.raises(Skipped, match="30 codes are too few"):
        code_tail(worlds.evidence(codes(20, gauss), few))


class Bent(torch.nn.Module):
    """A smooth round trip; its decoder may lie in the backward pass."""

    def __init__(self, honest=lambda z: z):
        super().__init__()
        self.honest = honest

    def encode(self, x):
        return torch.tanh(x)

    def decode(self, z):
        return self.honest(torch.sin(2 * z))


class Lie(torch.autograd.Function):
    """Forward the identity, backward five times as much."""

    @staticmethod
    def forward(ctx, z):
        return z.clone()

    @staticmethod
    def backward(ctx, slope):
        return 5 * slope


def straight_through(z):
    return z + (torch.round(z) - z).detach()


def gap(module, data):
    model = Model(tensors(module, module.encode, module.decode), shape=(20,), latent_dim=20, dtype=torch.float64)
    return one(gradient_gap, model, data)


def test_an_honest_gradient_agrees_with_the_secant(sphere):
    """r''' is of order 8, the step .01 and the truncation s²/6 · 8: about 1e-4 of the slope."""
    value = gap(Bent(), sphere)
    assert value.value < 1e-3
    assert value.reason is None


def test_a_custom_backward_is_flagged_by_its_size(sphere):
    """|5s − s| / |5s| = .8 for a backward pass of five times the slope; a straight-through step reads more than .5."""
    value = gap(Bent(Lie.apply), sphere)
    assert value.value == pytest.approx(0.8, abs=1e-3)
    assert "backward pass is not the derivative" in value.reason
    assert gap(Bent(straight_through), sphere).reason


def test_models_without_gradients_are_skipped(sphere):
    with pytest.raises(Skipped, match="gives no gradient"):
        gap(Bent(lambda z: z.detach()), sphere)
    with pytest.raises(Skipped, match="gives no gradient"):
        gradient_gap(worlds.evidence(worlds.identity(), sphere))


def repeats(model, data):
    return {v.axes["sampler"]: v for v in repeated_samples(worlds.evidence(model, data, samplers=("native", "prior")))}


def test_one_perfect_sample_repeated_is_seen(sphere):
    model = worlds.World(worlds.same, worlds.same, lambda n, g: sphere.test.clean[:1].expand(n, -1))
    distance = [v.value for v in sample_distance(worlds.evidence(model, sphere, samplers=("native",)))][:2]
    assert max(distance) < 1e-9
    got = repeats(model, sphere)
    assert got["native"].value == 1 - 1 / 1000
    assert got["native"].reason == "100% of the samples of native repeat another one"
    assert (got["prior"].value, got["prior"].reason) == (0, None)
    assert got["truth"].value == 0


@pytest.mark.parametrize("share", [0.05, 0.5])
def test_a_share_of_repeats_is_read_as_it_is(sphere, share):
    """Repeats differ by rounding, 1e-8 here; a few may fall into the cell beside."""

    def sampler(n, g):
        rows = sphere.support.sample(n, g)
        repeats = int(share * n) + 1
        rows[:repeats] = rows[0] + 1e-8 * torch.rand(repeats, 20, generator=g, dtype=rows.dtype)
        return rows

    value = repeats(worlds.World(worlds.same, worlds.same, sampler), sphere)["native"]
    assert value.value == pytest.approx(share, abs=0.005)
    assert (value.reason is None) == (share < 0.1)


class Plain(torch.nn.Module):
    """The identity through a code as long as the row."""

    def __init__(self, *, shape, latent_dim, seed):
        super().__init__()

    def fit(self, train, val):
        """Nothing to learn."""

    def encode(self, x):
        return x

    def decode(self, z):
        return z


class Tricky(Plain):
    """Half a row, a backward pass that lies, and a sampler that knows one point."""

    def decode(self, z):
        return Lie.apply(0.5 * z)

    def sample(self, n, generator):
        return torch.ones(n, 6)


def test_the_flags_of_a_run_stand_in_its_records(tmp_path):
    text = SUITE.split("[[task]]")
    suite = load_suite(write_suite(tmp_path, f"{text[0]}[[task]]{text[1]}".replace("[2]", "[6]")))
    tricks = (from_object(Tricky), from_object(Plain))
    records = Session(suite, tricks, Choice(("reconstruction", "dimension", "sampling"), None, 1)).run()
    raised = {(record.submission, record.metric) for record in flags(records)}
    assert raised == {("Tricky", "gradient_gap"), ("Tricky", "repeated_samples"), ("Plain", "passes_input")}
    lost = {(row[2][0], capability) for row, _, capability in unranked(records)}
    assert lost == {("Plain", "reconstruction"), ("Plain", "extrapolation")}
