"""All seeds at once: the same models as one by one, whatever the seeds differ in, or the reason why not."""

import math
from dataclasses import replace

import pytest
import torch
from torch import nn

from aeeval.datasets.make import make_dataset
from aeeval.datasets.spec import DataSpec, Sizes
from aeeval.errors import SubmissionError, TimeLimit
from aeeval.fitting import fit_model
from aeeval.joint import fit_seeds
from aeeval.submissions.load import load
from aeeval.suite import load_suite
from aeeval.training import Alone, Budget, CannotStack, squared_error, train, train_together
from tests.baselines.common import built, normal, sheet
from tests.tiny import write_submission

SEEDS = (11, 12, 13)


class Noisy(nn.Module):
    """A linear map whose loss draws numbers of both kinds, and that counts its training steps in a buffer."""

    def __init__(self, seed: int):
        super().__init__()
        g = torch.Generator().manual_seed(seed)
        self.A = nn.Parameter(normal(3, 3, generator=g))
        self.fixed = nn.Parameter(normal(3, generator=g), requires_grad=False)
        self.register_buffer("steps", torch.tensor(0.0, dtype=torch.float64))

    def loss(self, x):
        if self.training:
            self.steps += 1
        noise = torch.randn_like(x) + torch.rand(len(x), 1, dtype=x.dtype) + torch.randn(3, dtype=x.dtype)
        return ((x + 0.1 * noise) @ self.A + self.fixed - x).square().sum(dim=1).mean()


class Point(nn.Module):
    """One trainable point, from a start of its own."""

    def __init__(self, start: float = 0.0):
        super().__init__()
        self.at = nn.Parameter(torch.tensor(start, dtype=torch.float64))

    def loss(self, x):
        return (x - self.at).square().mean()


def alone(module, seed, rows=200, val=50, dim=3, loss=None):
    g = torch.Generator().manual_seed(seed)
    return Alone(module, loss or module.loss, normal(rows, dim, generator=g), normal(val, dim, generator=g), seed)


def both(make, budget):
    """Two copies of a list of models, one trained one by one and one together."""
    apart, joined = make(), make()
    logs = [train(m.module, m.loss, m.train_rows, m.val_rows, budget, seed=m.seed) for m in apart]
    return apart, logs, joined, train_together(joined, budget)


def assert_same(apart, logs, joined, ends, rel):
    for a, log, b, end in zip(apart, logs, joined, ends, strict=True):
        assert (log.steps, log.best_step, log.stopped) == (end.steps, end.best_step, end.stopped)
        assert end.best_val == pytest.approx(log.best_val, rel=rel)
        for (name, one), other in zip(a.module.state_dict().items(), b.module.state_dict().values(), strict=True):
            assert (one - other).abs().max() <= rel * max(1.0, one.abs().max().item()), name
        assert not b.module.training


# --- the same as one by one ---


@pytest.mark.parametrize("name", ["mlp", "vae", "isometric", "nrae", "two_stage_vae", "vq_vae", "wae_mmd"])
def test_baselines_are_the_same_to_a_millionth(name):
    """In float64; measured: 1e-14 after 60 steps, the order of sums in batched products."""

    def make():
        g = torch.Generator().manual_seed(0)
        models = [built(name, (6,), 2, seed).double() for seed in SEEDS]
        return [
            Alone(model, getattr(model, "loss", None) or squared_error(model), sheet(150, g), sheet(40, g), seed)
            for model, seed in zip(models, SEEDS, strict=True)
        ]

    assert_same(*both(make, Budget(steps=60, batch=64)), rel=1e-6)


def test_float32_is_the_same_to_a_millionth_too():
    """Rounding differs by 6e-8 a product; over 1200 steps of the MLP parameters had drifted apart by 5e-7."""

    def make():
        g = torch.Generator().manual_seed(0)
        models = [built("mlp", (6,), 2, seed) for seed in SEEDS]
        return [
            Alone(model, squared_error(model), sheet(300, g).float(), sheet(40, g).float(), seed)
            for model, seed in zip(models, SEEDS, strict=True)
        ]

    apart, logs, joined, ends = both(make, Budget(steps=200))
    for log, end in zip(logs, ends, strict=True):
        assert end.best_val == pytest.approx(log.best_val, rel=1e-6)
    assert_same(apart, logs, joined, ends, rel=2e-6)


@pytest.mark.slow
def test_float32_is_the_same_to_a_millionth_over_a_whole_budget():
    """The 2,000 steps of the suite core: measured were 1e-7 of the loss, 4e-7 of fvu and 1.5e-6 of parameters."""
    suite = load_suite("core")
    task, mlp = suite.task("swiss-roll"), load("mlp")
    data = {seed: make_dataset(task.data, task.id, seed) for seed in range(3)}
    asked = {"latent_dim": 2, "task": task.id, "budget": replace(task.budget, wall_s=3600.0)}
    together = fit_seeds(mlp, data, **asked)
    assert not together.alone
    for seed, rows in data.items():
        one, other = fit_model(mlp, rows, seed=seed, **asked), together.fits[seed]
        assert (one.log.steps, one.log.best_step) == (other.log.steps, other.log.best_step)
        assert other.log.best_val == pytest.approx(one.log.best_val, rel=1e-6)
        x = rows.test.clean
        errors = [(fitted.model.reconstruct(x) - x).square().sum().item() for fitted in (one, other)]
        assert errors[1] == pytest.approx(errors[0], rel=1e-6)


def test_seeds_keep_their_random_numbers_and_their_buffers():
    assert_same(*both(lambda: [alone(Noisy(s), s) for s in SEEDS], Budget(steps=130, batch=32, lr=0.05)), rel=1e-9)


def test_seeds_that_end_early_do_not_disturb_the_others():
    """The first starts at its optimum and cools down at once; the others go on, one to the end of the budget."""

    def make():
        models = [alone(Point(start), seed, dim=1) for start, seed in zip((0.0, 3.0, 40.0), SEEDS, strict=True)]
        models[0].module.at.data.fill_(models[0].val_rows.mean())
        return models

    apart, logs, joined, ends = both(make, Budget(steps=1100, batch=64, lr=0.02))
    assert len({log.steps for log in logs}) == 3
    assert {log.stopped for log in logs} == {"validation", "budget"}
    assert_same(apart, logs, joined, ends, rel=1e-9)


def test_a_seed_whose_loss_breaks_fails_alone():
    def make():
        models = [alone(Point(), seed, dim=1) for seed in SEEDS]
        models[1].train_rows[7] = math.nan
        return models

    broken, budget = make()[1], Budget(steps=120, batch=32)
    with pytest.raises(SubmissionError) as told:
        train(broken.module, broken.loss, broken.train_rows, broken.val_rows, budget, seed=SEEDS[1])
    first, second, third = train_together(make(), budget)
    assert str(second) == str(told.value)
    assert first.steps == third.steps == 120


def test_validation_rows_beyond_a_chunk_count_alike():
    def make():
        return [alone(Noisy(seed), seed, val=1100) for seed in SEEDS]

    assert_same(*both(make, Budget(steps=50, batch=32)), rel=1e-9)


def test_the_time_limit_is_that_of_all_seeds():
    ticks = iter(range(1000))
    with pytest.raises(TimeLimit, match=r"budget of 10 s; got 10\.3 s after step 31"):
        train_together(
            [alone(Point(), seed, dim=1) for seed in SEEDS], Budget(wall_s=10), clock=lambda: float(next(ticks))
        )


def test_global_generators_and_other_models_are_left_alone():
    before = torch.get_rng_state()
    train_together([alone(Noisy(seed), seed) for seed in SEEDS], Budget(steps=60, batch=32))
    assert torch.equal(torch.get_rng_state(), before)


# --- what cannot be stacked ---


class Counter(Point):
    """Keeps the number of its calls in an attribute."""

    calls = 0

    def loss(self, x):
        self.calls += 1
        return super().loss(x) / self.calls


class Offset(Point):
    """Every seed has a number of its own that is no buffer."""

    def __init__(self, offset):
        super().__init__()
        self.offset = [offset]

    def loss(self, x):
        return super().loss(x + self.offset[0])


def through_numpy(self, x):
    return self.at * float(x.mean().item() > 0) + Point.loss(self, torch.from_numpy(x.numpy()))


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda seed: alone(Counter(), seed, dim=1), "attributes that are no buffers"),
        (lambda seed: alone(Offset(float(seed)), seed, dim=1), "first loss together is another than alone"),
        (lambda seed: alone(nn.Dropout(), seed, dim=1, loss=lambda x: x.mean()), "nothing to train"),
        (lambda seed: alone(Point(), seed, rows=seed, dim=1), "differ in the number of rows"),
        (lambda seed: alone(nn.Linear(1, seed), seed, dim=1, loss=lambda x: x.mean()), "differ in shape"),
        (lambda seed: alone(type("Own", (Point,), {"loss": through_numpy})(), seed, dim=1), "RuntimeError"),
        (
            lambda seed: alone(
                type("Drop", (Point,), {"loss": lambda self, x: nn.functional.dropout(x - self.at).square().mean()})(),
                seed,
                dim=1,
            ),
            "random",
        ),
        (lambda seed: Alone(object(), lambda x: x.mean(), torch.ones(3, 1), torch.ones(3, 1), seed), "no torch.nn.Mod"),
    ],
)
def test_what_cannot_be_stacked_says_why_and_is_left_as_it_was(make, reason):
    models = [make(seed) for seed in SEEDS]
    before = [
        {name: tensor.clone() for name, tensor in getattr(m.module, "state_dict", dict)().items()} for m in models
    ]
    with pytest.raises(CannotStack, match=reason):
        train_together(models, Budget(steps=60, batch=16))
    for model, kept in zip(models, before, strict=True):
        after = getattr(model.module, "state_dict", dict)()
        assert all(torch.equal(after[name], kept[name]) for name in kept)


# --- all seeds of a unit ---


@pytest.fixture(scope="module")
def datasets():
    spec = DataSpec(
        manifold="sphere", params={"dim": 2, "ambient_dim": 6}, support="cap", noise=0.05, rows=Sizes(60, 20, 60, 60)
    )
    return {seed: make_dataset(spec, "cap", seed) for seed in (0, 1, 2)}


OPTIONS = {"latent_dim": 2, "task": "cap", "budget": Budget(steps=60, batch=32)}


def test_a_unit_has_the_models_that_its_seeds_have_alone(datasets):
    found = fit_seeds(load("mlp"), datasets, **OPTIONS)
    assert found.alone == ""
    for seed, dataset in datasets.items():
        one, fit = fit_model(load("mlp"), dataset, seed=seed, **OPTIONS), found.fits[seed]
        assert fit.log.best_val == pytest.approx(one.log.best_val, rel=1e-6)
        expected = one.model.reconstruct(dataset.test.x)
        torch.testing.assert_close(fit.model.reconstruct(dataset.test.x), expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(
    ("name", "reason"), [("pca", "a fit of its own"), ("topological", "RuntimeError"), ("identity", "a fit of its own")]
)
def test_a_unit_that_cannot_be_stacked_is_fitted_one_by_one_and_says_why(datasets, name, reason):
    found = fit_seeds(load(name), datasets, **OPTIONS)
    assert reason in found.alone
    one = fit_model(load(name), datasets[1], seed=1, **OPTIONS)
    rows = datasets[1].test.x
    assert torch.equal(found.fits[1].model.reconstruct(rows), one.model.reconstruct(rows))


def test_failures_of_a_unit_are_told_for_each_seed(datasets, tmp_path):
    broken = write_submission(tmp_path, extra="    def loss(self, x):\n        raise ValueError('no')\n")
    told = fit_seeds(load(broken), datasets, **OPTIONS).fits.values()
    assert [str(fit) for fit in told] == ["training raised ValueError: no"] * 3
    declined = fit_seeds(load("conv"), datasets, **OPTIONS).fits.values()
    assert [str(fit) for fit in declined] == ["takes images"] * 3


def test_convolutions_are_trained_one_by_one_on_a_processor():
    """Grouped convolutions of three models took twice the time of three trainings: `benchmarks/test_training.py`."""
    spec = DataSpec(dataset="digits", rows=Sizes(60, 20, 60, 0))
    rows = {seed: make_dataset(spec, "digits", seed) for seed in (0, 1)}
    found = fit_seeds(load("conv"), rows, latent_dim=2, task="digits", budget=Budget(steps=2, batch=32))
    assert "one after another" in found.alone
    assert all(fit.log.steps == 2 for fit in found.fits.values())
