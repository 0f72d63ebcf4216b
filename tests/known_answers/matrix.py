"""Known answers: every model × manifold × metric against theory; `python -m tests.known_answers` writes the page."""

import inspect
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from scipy import stats

from aeeval.manifolds import MANIFOLDS
from aeeval.metrics import METRICS
from aeeval.metrics.base import Metric, Value
from tests.known_answers import theory_dimension, theory_roundtrip, theory_sampling
from tests.known_answers.expect import CHANCE, RANGE, Expectation, absent
from tests.known_answers.ground import Count, Ground, asked
from tests.known_answers.models import MODELS, Model
from tests.known_answers.theory_roundtrip import Rule, as_pca

THEORY = {**theory_roundtrip.THEORY, **theory_dimension.THEORY, **theory_sampling.THEORY}
# what may differ under other labels of the codes: it speaks of codes, not of M
OF_CODES = ("latent_dim", "decoder_rank", "spectrum_count", "code_tail", "code_drift", "cycle")
ALARM = 1e-3  # probability that fair p-values are called unfair


def movable() -> list[str]:
    """The manifolds that are put into R²⁰; rendered ones are where their pictures are, and have laws of their own."""
    return [name for name in MANIFOLDS if "ambient_dim" in inspect.signature(MANIFOLDS.get(name)).parameters]


@dataclass(frozen=True)
class Cell:
    """One number of one model on one manifold beside what theory says of it."""

    manifold: str
    model: str
    metric: str
    value: Value
    expected: Expectation

    @property
    def holds(self) -> bool:
        return self.expected.holds(self.value)

    def __str__(self) -> str:
        said = f"{self.expected.low:.6g} .. {self.expected.high:.6g} ({self.expected.words})"
        axes = ", ".join(f"{key}={value}" for key, value in self.value.axes.items())
        return f"{self.metric}[{axes}] of {self.model} on {self.manifold}: {self.value.value} not in {said}"


def cells(manifolds: Sequence[str], count: Count, progress: Callable[[Iterable], Iterable] = iter) -> Iterator[Cell]:
    """Every cell of these manifolds."""
    for manifold in progress(manifolds):
        for ground in grounds(manifold, count):
            yield from judged(ground)


def grounds(manifold: str, count: Count) -> Iterator[Ground]:
    """Every model on a manifold, measured."""
    base: Ground | None = None
    for model in MODELS:
        ground = Ground(manifold, model, count, base=base).measure()
        base = ground if model.name == "pca" else base
        yield ground


def judged(ground: Ground) -> Iterator[Cell]:
    """Every number of a model on a manifold beside what theory says of it."""
    for metric in asked(ground.model):
        for value in ground.values[metric.id]:
            if value.axes.get("sampler", "native") == "native":
                expected = expectation(ground, metric, value)
                yield Cell(ground.manifold, ground.model.name, metric.id, value, expected)


def expectation(ground: Ground, metric: Metric, value: Value) -> Expectation:
    """What theory says: no number where the data give none, the rule of the metric and model, or the range alone."""
    if (reason := impossible(ground, metric)) is not None:
        return absent(reason)
    return rule_of(metric.id, ground.model)(ground, value)


def rule_of(metric: str, model: Model) -> Rule:
    """The entry of the table; the same model under other labels of its codes reads what it read before."""
    rules = THEORY.get(metric, {})
    if model.name in rules:
        return rules[model.name]
    if model.name == "relabelled" and metric not in OF_CODES:
        return as_pca(metric)
    return in_range(metric)


def impossible(ground: Ground, metric: Metric) -> str | None:
    """Why the data alone, whatever the model, give no number: theory, not the message that we got, decides it."""
    if "image" in metric.needs:
        return "needs image"
    if {"beyond", "outside"} & set(metric.needs) and ground.data.beyond is None:
        return ""
    if {"real rows", "held out"} & set(metric.needs):
        return "real rows"
    return None


def in_range(metric: str) -> Rule:
    """The range that the metric states, where theory says no more: a number inside it, or none with its reason."""

    def rule(ground: Ground, value: Value) -> Expectation:
        if value.value is None:
            return absent(value.reason or "")
        return Expectation(RANGE, *bounds(METRICS.get(metric), ground), "in range")

    return rule


def bounds(metric: Metric, ground: Ground) -> tuple[float, float]:
    """The ends of "[0, D − d]" and the like, as numbers."""
    known = {"∞": float("inf"), "−∞": float("-inf"), "k": ground.evidence.code_length, "D": ground.data.ambient_dim}
    known |= {"d": ground.k, "D − d": ground.data.ambient_dim - 1, "L": ground.data.scale}
    low, high = (part.strip(" []()") for part in metric.range.split(","))
    return tuple(known[end] if end in known else float(end.replace("−", "-")) for end in (low, high))  # type: ignore[return-value]


def wrong(found: Iterable[Cell]) -> list[str]:
    """What is not as theory says, a line each; and a line for each metric whose p-values are too small too often."""
    found = list(found)
    return [str(cell) for cell in found if not cell.holds] + list(_unfair(found))


def _unfair(found: Iterable[Cell]) -> Iterator[str]:
    """P(p ≤ .1) = .1 over manifolds where nothing is wrong; metric by metric, as all of them see the same samples."""
    p: dict[tuple[str, str], list[float]] = {}
    for cell in found:
        if cell.expected.kind == CHANCE and cell.value.p is not None:
            p.setdefault((cell.metric, cell.model), []).append(cell.value.p)
    for (metric, model), values in p.items():
        hits = sum(value <= 0.1 for value in values)
        if stats.binomtest(hits, len(values), 0.1, alternative="greater").pvalue < ALARM:
            yield f"{metric} of {model}: {hits} of {len(values)} p-values are at most .1"


def counts(found: Iterable[Cell]) -> Counter[str]:
    """How many cells are exact, inequalities, nulls, in their range only, and not applicable."""
    return Counter(cell.expected.kind for cell in found)
