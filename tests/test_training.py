"""The published trainer: known optima, what it keeps, what it may see, when it stops, and what it refuses."""

import math

import numpy as np
import pytest
import torch
from torch import nn

from aeeval.errors import SubmissionError, SuiteError, TimeLimit
from aeeval.training import Budget, squared_error, train

ROWS = torch.arange(40.0, dtype=torch.float64)[:, None]


class Point(nn.Module):
    """One trainable point of the line, and a buffer that counts the training steps it has seen."""

    def __init__(self, start: float = 0.0):
        super().__init__()
        self.at = nn.Parameter(torch.tensor(start, dtype=torch.float64))
        self.register_buffer("steps", torch.tensor(0))

    def loss(self, x: torch.Tensor) -> torch.Tensor:
        self.steps += self.training
        return (x - self.at).square().mean()


class Dropout(nn.Module):
    def __init__(self):
        super().__init__()
        with torch.random.fork_rng():
            torch.manual_seed(0)
            self.layers = nn.Sequential(nn.Linear(3, 8), nn.Dropout(0.5), nn.Linear(8, 3)).double()

    def loss(self, x: torch.Tensor) -> torch.Tensor:
        return (self.layers(x) - x).square().sum(dim=1).mean()


class Pair:
    """Any encoder and decoder."""

    def __init__(self, encode, decode):
        self.encode, self.decode = encode, decode


def rows(n: int, generator: torch.Generator, dim: int = 3) -> torch.Tensor:
    return torch.randn(n, dim, generator=generator, dtype=torch.float64)


class Spy:
    """A loss that remembers which rows it saw in which mode, and what it answered."""

    def __init__(self, module: Point):
        self.module, self.seen, self.looks = module, {True: [], False: []}, []

    def __call__(self, x: torch.Tensor) -> torch.Tensor:
        value = self.module.loss(x)
        self.seen[self.module.training].append(x.flatten().tolist())
        if not self.module.training:
            self.looks.append((value.item(), self.module.at.item()))
        return value


def constant(value: float, module: Point):
    """A loss of that value whose gradient is 1 whatever the rows."""
    return lambda x: module.at - module.at.detach() + value


# --- what it finds ---


def test_a_quadratic_ends_at_the_mean_of_the_training_rows():
    point = Point()
    log = train(point, point.loss, ROWS, ROWS, Budget(steps=400, batch=40, lr=0.5), seed=0)
    assert point.at.item() == pytest.approx(19.5, abs=1e-3)
    assert log.best_val == pytest.approx(ROWS.var(correction=0).item(), abs=1e-5)


def test_the_steps_are_constant_and_then_half_a_cosine():
    """Under a constant gradient Adam moves by the learning rate itself, so the way is the sum of all rates.

    .7 N lr at the constant rate and (c/2 + 1/2) lr over the c = .3 N steps of half a cosine, whose first is a full one.
    """
    point, steps, lr = Point(), 1000, 1e-3
    train(point, lambda x: point.at + 0 * x.sum(), ROWS, ROWS, Budget(steps=steps, lr=lr), seed=0)
    assert -point.at.item() == pytest.approx(lr * (0.7 * steps + 0.15 * steps + 0.5), rel=1e-6)


def test_complex_parameters_are_trained_too():
    module = nn.Module()
    module.at = nn.Parameter(torch.zeros(1, dtype=torch.complex128))
    target = torch.tensor([1 - 2j])
    train(module, lambda x: (module.at - target).abs().square().sum(), ROWS, ROWS, Budget(steps=300, lr=0.1), seed=0)
    assert (module.at - target).abs().item() < 1e-3


def test_an_object_with_parameters_is_enough():
    class Bare:
        at = torch.zeros((), dtype=torch.float64, requires_grad=True)

        def parameters(self):
            return [self.at]

    bare = Bare()
    train(bare, lambda x: (x - bare.at).square().mean(), ROWS, ROWS, Budget(steps=400, batch=40, lr=0.5), seed=0)
    assert bare.at.item() == pytest.approx(19.5, abs=1e-3)


# --- what it keeps ---


def test_the_best_parameters_and_buffers_are_kept():
    """On its way from 0 to 19.5 the point passes the mean of the validation rows, at 5; the best look is kept."""
    point = Point()
    spy = Spy(point)
    log = train(point, spy, ROWS, ROWS - 14.5, Budget(steps=1000, batch=40, lr=0.02), seed=0)
    assert (log.best_val, point.at.item()) == min(spy.looks)
    assert abs(point.at.item() - 5) <= 50 * 0.02  # looks are 50 steps apart, each step at most about lr
    assert 0 < log.best_step < log.steps
    assert point.steps.item() == log.best_step


def test_the_module_trains_in_train_mode_and_is_left_in_eval_mode():
    point = Point()
    spy = Spy(point)
    train(point, spy, ROWS, ROWS, Budget(steps=120, batch=40), seed=0)
    assert len(spy.seen[True]) == 120
    assert len(spy.looks) == 3  # after steps 50, 100 and 120
    assert not point.training


def test_a_budget_shorter_than_the_first_look_is_judged_at_its_end():
    point = Point()
    log = train(point, point.loss, ROWS, ROWS, Budget(steps=7, lr=0.1), seed=0)
    assert (log.steps, log.best_step, log.stopped) == (7, 7, "budget")


# --- when it stops ---


def test_eight_looks_without_a_better_one_begin_the_cooldown():
    point = Point()
    log = train(point, constant(1.0, point), ROWS, ROWS, Budget(steps=1000, lr=1e-3), seed=0)
    assert (log.best_step, log.stopped) == (50, "validation")
    assert log.steps == 50 + 8 * 50 + 300


def test_a_stall_in_the_last_steps_changes_nothing():
    point = Point()
    log = train(point, constant(1.0, point), ROWS, ROWS, Budget(steps=500), seed=0)
    assert (log.steps, log.stopped) == (500, "budget")  # the stall shows at step 450, the cooldown began at 350


def test_the_time_limit_is_of_wall_time_and_says_where_it_struck():
    ticks = iter(range(1000))
    point = Point()
    with pytest.raises(TimeLimit, match=r"budget of 30 s; got 31\.0 s after step 31 of 1000; .*wall_s"):
        train(point, point.loss, ROWS, ROWS, Budget(wall_s=30), seed=0, clock=lambda: float(next(ticks)))


def test_the_seconds_are_those_of_the_clock():
    ticks = iter(range(1000))
    point = Point()
    log = train(point, point.loss, ROWS, ROWS, Budget(steps=10), seed=0, clock=lambda: float(next(ticks)))
    assert log.seconds == 11.0  # read at the start, after each step, and at the end


# --- what it may see ---


def test_training_sees_the_training_rows_and_judging_the_validation_rows():
    point = Point()
    spy = Spy(point)
    train(point, spy, ROWS, ROWS + 100, Budget(steps=60, batch=16), seed=0)
    assert {value for batch in spy.seen[True] for value in batch} == set(ROWS.flatten().tolist())
    assert all(batch == (ROWS + 100).flatten().tolist() for batch in spy.seen[False])


def test_an_epoch_shows_no_row_twice_and_leaves_out_an_incomplete_batch():
    point = Point()
    spy = Spy(point)
    train(point, spy, ROWS, ROWS, Budget(steps=20, batch=16), seed=0)
    batches = spy.seen[True]
    assert {len(batch) for batch in batches} == {16}
    epochs = [first + second for first, second in zip(batches[::2], batches[1::2], strict=True)]
    assert all(len(set(epoch)) == 32 for epoch in epochs)
    assert len({tuple(epoch) for epoch in epochs}) == 10


def test_validation_rows_count_alike_however_many_there_are():
    """1500 rows are judged in two chunks of unequal size; the result is still the mean over rows."""
    many = torch.cat([ROWS.new_zeros(1400, 1), ROWS.new_ones(100, 1)])
    point = Point()
    log = train(point, lambda x: point.loss(x) + 0 * point.at, ROWS * 0, many, Budget(steps=1), seed=0)
    assert log.best_val == pytest.approx((many - point.at.detach()).square().mean().item(), rel=1e-12)


# --- randomness ---


@pytest.mark.parametrize("noise_before", [0, 7])
def test_equal_seeds_give_equal_bits_whatever_was_drawn_before(generator, noise_before):
    data, val = rows(200, generator), rows(50, generator)
    first, second, third = Dropout(), Dropout(), Dropout()
    logs = [train(first, first.loss, data, val, Budget(steps=60), seed=3)]
    with torch.random.fork_rng():
        torch.rand(noise_before)
        logs.append(train(second, second.loss, data, val, Budget(steps=60), seed=3))
    train(third, third.loss, data, val, Budget(steps=60), seed=4)
    assert logs[0].best_val == logs[1].best_val
    assert all(torch.equal(a, b) for a, b in zip(first.parameters(), second.parameters(), strict=True))
    assert not any(torch.equal(a, b) for a, b in zip(first.parameters(), third.parameters(), strict=True))


def test_the_order_of_the_rows_hangs_on_the_seed():
    spies = [Spy(Point()) for _ in range(3)]
    for spy, seed in zip(spies, (1, 1, 2), strict=True):
        train(spy.module, spy, ROWS, ROWS, Budget(steps=4, batch=16), seed=seed)
    first, again, other = (spy.seen[True] for spy in spies)
    assert first == again != other


@pytest.mark.parametrize("fails", [False, True])
def test_the_global_generator_is_left_as_it_was(generator, fails):
    module, data = Dropout(), rows(200, generator)
    before = torch.get_rng_state()
    if fails:
        with pytest.raises(SubmissionError):
            train(module, lambda x: module.loss(x) * math.nan, data, data, Budget(steps=5), seed=0)
    else:
        train(module, module.loss, data, data, Budget(steps=60), seed=0)
    assert torch.equal(torch.get_rng_state(), before)


def test_every_look_draws_the_same_noise():
    """A frozen model under a noisy loss: were the noise of the looks different, a later one would be better."""
    point = Point()

    def loss(x):
        return point.at - point.at.detach() + torch.randn(())

    log = train(point, loss, ROWS, ROWS, Budget(steps=500), seed=0)
    assert log.best_step == 50


# --- what it refuses ---


def test_a_loss_that_is_not_finite_is_named_with_its_step():
    point = Point()
    values = iter([1.0] * 11 + [math.nan] + [1.0] * 1000)
    with pytest.raises(SubmissionError, match=r"a finite loss; got nan at step 12; lower the learning rate"):
        train(point, lambda x: point.at * 0 + next(values), ROWS, ROWS, Budget(), seed=0)


def test_a_later_loss_that_is_not_finite_is_named_with_its_step():
    point = Point()
    count = iter(range(1, 1000))

    def loss(x):
        return point.loss(x) + (math.inf if point.training and next(count) == 73 else 0.0)

    with pytest.raises(SubmissionError, match="got inf at step 73"):
        train(point, loss, ROWS, ROWS, Budget(lr=0.1), seed=0)


def test_a_validation_loss_that_is_not_finite_is_named_with_its_step():
    point = Point()
    with pytest.raises(SubmissionError, match="nan on the validation rows at step 50"):
        train(point, point.loss, ROWS, ROWS * math.nan, Budget(), seed=0)


@pytest.mark.parametrize("module", [nn.Identity(), object(), nn.Linear(1, 1).requires_grad_(False)])
def test_a_model_with_nothing_to_train_is_told_to_bring_fit(module):
    with pytest.raises(SubmissionError, match=r"trainable parameters, or with fit\(train, val\); got \w+;.*fit"):
        train(module, lambda x: x.mean(), ROWS, ROWS, Budget(), seed=0)


@pytest.mark.parametrize(
    ("answer", "complaint"),
    [
        (lambda point: point.at.detach(), "one without gradient; compute it with torch"),
        (lambda point: point.at.expand(5), r"scalar tensor from loss\(x\); got shape \(5,\)"),
        (lambda point: {"loss": point.at}, r"scalar tensor from loss\(x\); got dict"),
        (lambda point: 1.0, "got float"),
    ],
)
def test_a_loss_that_cannot_be_minimised_is_refused(answer, complaint):
    point = Point()
    with pytest.raises(SubmissionError, match=complaint):
        train(point, lambda x: answer(point), ROWS, ROWS, Budget(), seed=0)


# --- losses ---


@pytest.mark.parametrize("shape", [(3,), (2, 3, 4)])
def test_squared_error_sums_over_a_row_and_averages_over_rows(generator, shape):
    x = torch.randn(5, *shape, generator=generator, dtype=torch.float64)
    model = Pair(lambda x: x.flatten(1), lambda z: 0.5 * z.reshape(-1, *shape) + 1)
    residuals = 1 - 0.5 * x.numpy().reshape(5, -1)
    assert squared_error(model)(x).item() == pytest.approx(np.mean((residuals**2).sum(axis=1)), rel=1e-12)


@pytest.mark.parametrize("wrap", [lambda z: (z, "more"), lambda z: [z, z * 0]])
def test_the_code_may_be_the_first_of_several_answers(generator, wrap):
    x = rows(5, generator)
    model = Pair(lambda x: wrap(2 * x), lambda z: z / 2)
    assert squared_error(model)(x).item() < 1e-30


@pytest.mark.parametrize("cut", [lambda x: x[:, :1], lambda x: x[:1], lambda x: x.reshape(3, 5)])
def test_an_answer_that_would_be_broadcast_is_refused(generator, cut):
    with pytest.raises(SubmissionError, match=r"shape \(5, 3\) from decode; got .*return \(n, 3\)"):
        squared_error(Pair(lambda x: x, cut))(rows(5, generator))


def test_a_loss_may_differentiate_inside(generator):
    """As contractive penalties do; judging such a loss without gradients would fail."""
    module, data = nn.Linear(3, 1).double(), rows(50, generator)

    def loss(x):
        x = x.clone().requires_grad_()
        (slope,) = torch.autograd.grad(module(x).sum(), x, create_graph=True)
        return (slope - 1).square().sum(dim=1).mean()

    train(module, loss, data, data, Budget(steps=400, lr=0.05), seed=0)
    assert module.weight.detach().numpy() == pytest.approx(np.ones((1, 3)), abs=1e-3)


# --- the budget ---


def test_the_defaults_are_those_of_the_smoke_suite():
    assert Budget() == Budget(steps=1000, batch=128, optimizer="adam", lr=1e-3, wall_s=60.0, memory_mb=4000)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *[(name, value) for name in ("steps", "batch", "memory_mb") for value in (0, -3, 1.5, True, "10", None)],
        *[(name, value) for name in ("lr", "wall_s") for value in (0, -1.0, math.inf, math.nan, True, "1", None)],
        *[("optimizer", value) for value in ("sgd", "", None)],
    ],
)
def test_a_budget_out_of_range_names_the_key_the_value_and_the_default(name, value):
    with pytest.raises(SuiteError) as caught:
        Budget(**{name: value})
    assert f"budget.{name}; got {value!r}; the default is {getattr(Budget, name)!r}" in str(caught.value)


@pytest.mark.gpu
def test_rows_on_a_gpu_leave_its_generator_as_it_was():
    module = Dropout().cuda()
    data = torch.randn(200, 3, dtype=torch.float64, device="cuda")
    before = torch.cuda.get_rng_state()
    log = train(module, module.loss, data, data, Budget(steps=60), seed=0)
    assert torch.equal(torch.cuda.get_rng_state(), before)
    assert math.isfinite(log.best_val)
