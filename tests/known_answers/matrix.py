"""Known answers: every model × data set × metric against theory; `python -m tests.known_answers` writes the page."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from scipy import stats

from aeeval.metrics.base import Metric, Value
from tests.known_answers import (
    again_dimension,
    again_estimates,
    again_extrapolation,
    again_roundtrip,
    again_sampling,
    theory_dimension,
    theory_extrapolation,
    theory_overfitting,
    theory_reconstruction,
    theory_sampling,
)
from tests.known_answers.expect import BOUND, EXACT, Expectation, absent
from tests.known_answers.ground import Ground, asked
from tests.known_answers.models import Model, models_of
from tests.known_answers.places import Count, count_of, data_of
from tests.known_answers.rules import Rule, as_pca

THEORY: dict[str, dict[str, Rule]] = {
    **theory_reconstruction.THEORY,
    **theory_dimension.THEORY,
    **theory_extrapolation.THEORY,
    **theory_overfitting.THEORY,
    **theory_sampling.THEORY,
}
AGAIN: dict[str, Rule] = {
    **again_roundtrip.AGAIN,
    **again_extrapolation.AGAIN,
    **again_dimension.AGAIN,
    **again_estimates.AGAIN,
    **again_sampling.AGAIN,
}
# what may differ under other labels of the codes: it speaks of codes, not of M
OF_CODES = ("latent_dim", "decoder_rank", "spectrum_count", "code_tail", "code_drift", "cycle", "gradient_gap")
# metrics whose theory speaks of rows and codes alone, and so holds on real data too
OF_ROWS = (
    "idempotence",
    "cycle",
    "sampled_idempotence",
    "sampled_cycle",
    "answer_drift",
    "gradient_gap",
    "code_tail",
    "latent_dim",
    "decoder_rank",
    "spectrum_count",
    "round_trip_dim",
    "shift_error",
    "corruption_error",
    "corruption_passed",
    "memorised_noise",
    "gap",
    "membership_auc",
    "attractor_return",
    "repeated_samples",
)
ALARM = 1e-3  # probability that fair p-values are called unfair


@dataclass(frozen=True)
class Cell:
    """One number of one model on one data set beside what theory says of it."""

    place: str
    model: str
    metric: str
    value: Value
    expected: Expectation

    @property
    def holds(self) -> bool:
        return self.expected.holds(self.value)

    def __str__(self) -> str:
        said = f"{self.expected.low:.6g} .. {self.expected.high:.6g} ({self.expected.kind}: {self.expected.words})"
        axes = ", ".join(f"{key}={value}" for key, value in self.value.axes.items())
        got = self.value.value if self.value.value is not None else f"skipped: {self.value.reason}"
        return f"{self.metric}[{axes}] of {self.model} on {self.place}: {got} not in {said}"


def cells(names: Sequence[str], count: Count, progress: Callable[[Iterable], Iterable] = iter) -> Iterator[Cell]:
    """Every cell of these data sets."""
    for name in progress(names):
        for ground in grounds(name, count):
            yield from judged(ground)


def grounds(place: str, count: Count) -> Iterator[Ground]:
    """Every model on a data set, measured."""
    base: Ground | None = None
    count = count_of(place, count)
    for model in models_of(place, data_of(place, count)):
        ground = Ground(place, model, count, base=base).measure()
        base = ground if model.name == "pca" else base
        yield ground


def judged(ground: Ground, only: str | None = None) -> Iterator[Cell]:
    """Every number of a model on a data set, or those of one metric, beside what theory says of it."""
    for metric in asked(ground.model):
        for value in ground.values[metric.id] if only in (None, metric.id) else ():
            if value.axes.get("sampler", "native") == "native":
                yield Cell(ground.place, ground.model.name, metric.id, value, expectation(ground, metric, value))


def expectation(ground: Ground, metric: Metric, value: Value) -> Expectation:
    """What theory says: no number where the data give none, else the rule of the metric and model.

    Where that is an inequality only, or there is none, the number itself is computed again from its definition.
    """
    if (reason := impossible(ground, metric, value)) is not None:
        return absent(reason)
    rule = rule_of(ground, metric.id, ground.model)
    said = rule(ground, value) if rule else None
    if said is not None and (said.kind != BOUND or metric.id not in AGAIN):
        return said
    assert metric.id in AGAIN, f"no rule for {metric.id} of {ground.model.name}: add one, or compute it a second time"
    found = AGAIN[metric.id](ground, value)
    return found if said is None or found.kind != EXACT else both(said, found)


def both(said: Expectation, found: Expectation) -> Expectation:
    """An inequality of theory, and the number itself."""
    low, high = max(said.low, found.low), min(said.high, found.high)
    return replace(found, low=low, high=high, words=f"{said.words}; {found.words}", fair=said.fair)


def rule_of(ground: Ground, metric: str, model: Model) -> Rule | None:
    """The entry of the table; the same model under other labels of its codes reads what it read before."""
    if not (ground.known or metric in OF_ROWS):
        return None
    rules = THEORY.get(metric, {})
    if model.name in rules:
        return rules[model.name]
    return as_pca(metric) if model.name == "relabelled" and metric not in OF_CODES else None


def impossible(ground: Ground, metric: Metric, value: Value) -> str | None:
    """Why there can be no number, whatever the metric does: theory, not the message that we got, decides it."""
    data, unknown = ground.data, "needs a known manifold"
    missing = {
        "codes": "codes do not vary" if ground.model.name == "mean" else None,
        "image": None if len(data.shape) == 3 else "needs images",
        "truth": None if ground.known else unknown,
        "normals": None if ground.known else unknown,
        "real rows": "of real rows" if ground.known else None,
        "held out": None if data.held_out is not None else "needs held-out classes",
        "beyond": None if data.beyond is not None else "needs known distances on a manifold larger than the support",
        "outside": None
        if data.beyond is not None or data.held_out is not None
        else "needs known distances on a manifold larger than the support",
    }
    if value.axes.get("corruption") == "translation" and 2 * value.axes["severity"] >= min(data.shape[1:]):
        return "half of an image"
    return next((missing[need] for need in metric.needs if missing.get(need)), None)


def wrong(found: Iterable[Cell]) -> list[str]:
    """What is not as theory says, a line each; and a line for each metric whose p-values are too small too often."""
    found = list(found)
    return [str(cell) for cell in found if not cell.holds] + list(_unfair(found))


def _unfair(found: Iterable[Cell]) -> Iterator[str]:
    """P(p ≤ .1) = .1 over data sets where nothing is wrong; metric by metric, as all of them see the same samples."""
    p: dict[tuple[str, str], list[float]] = {}
    for cell in found:
        if cell.expected.fair and cell.value.p is not None:
            p.setdefault((cell.metric, cell.model), []).append(cell.value.p)
    for (metric, model), values in p.items():
        hits = sum(value <= 0.1 for value in values)
        if stats.binomtest(hits, len(values), 0.1, alternative="greater").pvalue < ALARM:
            yield f"{metric} of {model}: {hits} of {len(values)} p-values are at most .1"


def counts(found: Iterable[Cell]) -> Counter[str]:
    """How many cells are exact, inequalities, and not applicable."""
    return Counter(cell.expected.kind for cell in found)
