"""Extrapolation of real data off what was seen: inputs that are shifted or corrupted by a known amount."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from aeeval.errors import Skipped
from aeeval.evidence import Evidence, rms_rows
from aeeval.metrics.base import Axis, Value, metric
from aeeval.metrics.samplers import alone
from aeeval.numerics.corruptions import Change, Columns, changes_of

ROWS = 500
"""At most so many test rows are changed: 18 changes of 500 images are 9,000 round trips."""


@dataclass(frozen=True)
class Answered:
    """A model before changed rows c(x), as root mean squares over rows."""

    size: float
    """‖c(x) − x‖."""
    restored: float
    """‖r(c(x)) − x‖."""
    followed: float
    """‖r(c(x)) − c(x)‖."""
    of_mean: float
    """‖x̄_train − c(x)‖."""
    passed: float
    """‖r(c(x)) − r(x)‖."""


def _answered(evidence: Evidence, change: Change, severity: float) -> Answered:
    """What a model answers to one change at one severity; raises `Skipped` where nothing is changed."""

    def ask() -> Answered:
        rows, before = evidence.dataset.test.clean[:ROWS], evidence.test_trips.of(slice(ROWS))
        generator = evidence.generator(f"metric/corrupted/{change.name}/{severity}")
        shaped = rows.reshape(-1, *evidence.dataset.shape)
        changed = change.apply(shaped, severity, generator, _columns(evidence)).flatten(1)
        if (size := rms_rows(changed - rows)) <= 1e-9 * evidence.scale:
            raise Skipped(f"{change.name} {severity:g} changes none of these rows")
        answer = evidence.model.reconstruct(changed)
        return Answered(
            size,
            rms_rows(answer - rows),
            rms_rows(answer - changed),
            rms_rows(evidence.train_mean - changed),
            rms_rows(answer - before),
        )

    return evidence.memo.get(f"corrupted {change.name} {severity}", ask)


def _columns(evidence: Evidence) -> Columns:
    def usual() -> Columns:
        rows = evidence.dataset.train.clean
        shape = evidence.dataset.shape
        return Columns(rows.mean(dim=0).reshape(shape), rows.std(dim=0, correction=0).reshape(shape))

    return evidence.shared.get("columns", usual)


def _each(
    evidence: Evidence, wanted: Callable[[Change], bool], value: Callable[[Answered], tuple[float, float]]
) -> Iterator[Value]:
    """Value and null of every wanted change at every severity; what is missing there is missing alone."""

    def measure(change: Change, severity: float, axes: dict[str, Axis]) -> Iterator[Value]:
        number, null = value(_answered(evidence, change, severity))
        yield Value(number, null=null, axes=axes)

    for change in filter(wanted, changes_of(evidence.dataset.shape)):
        for severity in change.severities:
            axes: dict[str, Axis] = {"corruption": change.name, "severity": severity}
            yield from alone(partial(measure, change, severity, axes), **axes)


@metric(
    capability="extrapolation", unit="1", better="lower", ideal=0.0, range="[0, ∞)", needs=("real rows",), floor=1e-3
)
def shift_error(evidence: Evidence) -> Iterator[Value]:
    """How well shifted inputs are reconstructed as they are, relative to the mean predictor on them: 0 perfect.

    RMS ‖r(c(x)) − c(x)‖ / RMS ‖x̄_train − c(x)‖ over up to 500 clean test rows, by axes `corruption` and `severity`.
    Images: translation by 1, 2, 4 pixels, in one of four directions; brightness + .1, .2, .4; contrast less by 25, 50,
    75 %. All other rows: drift of every column by .1, .25, .5 of its standard deviation, up or down, the same for all
    rows. A shifted row is still one of its kind: a model that knows the kind follows it, one that knows the training
    rows alone does not. The identity reads 0. Null: 1, the mean predictor. Source: ours; the shifts are those of
    Hendrycks and Dietterich, ICLR 2019.
    """
    return _each(evidence, lambda change: change.shift, lambda a: (_ratio(a.followed, a.of_mean), 1.0))


@metric(
    capability="extrapolation",
    unit="scale",
    better="lower",
    ideal=0.0,
    range="[0, ∞)",
    needs=("real rows",),
    floor=1e-3,
)
def corruption_error(evidence: Evidence) -> Iterator[Value]:
    """Whether a corrupted input comes back as the clean one: RMS ‖r(c(x)) − x‖ / scale.

    Up to 500 clean test rows x, by axes `corruption` and `severity`. Images: noise of standard deviation .05, .1, .2 of
    the grey range; blur of .5, 1, 2 pixels; occlusion, a black square on 5, 10, 25 % of the area. All other rows:
    jitter, Gaussian noise of .1, .25, .5 standard deviations of each column; missing, 10, 25, 50 % of all numbers at
    the mean of their column. Null: RMS ‖c(x) − x‖ / scale, the size of the corruption, which the identity reads; below
    it the model repairs. Source: ours; the corruptions are those of Hendrycks and Dietterich, ICLR 2019.
    """
    return _each(
        evidence, lambda change: not change.shift, lambda a: (a.restored / evidence.scale, a.size / evidence.scale)
    )


@metric(capability="extrapolation", unit="1", better="none", ideal=None, range="[0, ∞)", needs=("real rows",))
def corruption_passed(evidence: Evidence) -> Iterator[Value]:
    """How much of a change of the input shows in the answer: RMS ‖r(c(x)) − r(x)‖ / RMS ‖c(x) − x‖.

    0 for a constant, 1 for the identity, √(k/D) for PCA under noise that is equal in all directions. A fact, by the
    axes `corruption` and `severity` of `shift_error` and `corruption_error`: shifts should pass, corruptions should
    not. Null: 1, the identity. Source: ours.
    """
    return _each(evidence, lambda change: True, lambda a: (a.passed / a.size, 1.0))


def _ratio(error: float, of_mean: float) -> float:
    if of_mean == 0:
        raise Skipped("the changed rows are the mean of the training rows")
    return error / of_mean
