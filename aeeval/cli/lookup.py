"""`aeeval list` and `aeeval show`."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import click

from aeeval import bundled
from aeeval.datasets import DATASETS, HUBS
from aeeval.errors import DataError, UnknownName
from aeeval.manifolds import DENSITIES, MANIFOLDS
from aeeval.metrics import METRICS
from aeeval.registry import Registry, docstring

if TYPE_CHECKING:
    from aeeval.metrics.base import Metric

Rows = list[tuple[str, str]]


def _registered(registry: Registry) -> Callable[[], Rows]:
    return lambda: [(name, registry.summary(name)) for name in registry]


def _hubs() -> Rows:
    return [(f"{name}:…", HUBS.summary(name)) for name in HUBS]


def _baselines() -> Rows:
    return [(name, _baseline_doc(name).partition("\n")[0]) for name in bundled.names("baselines")]


def _suites() -> Rows:
    return [(name, _suite_text(name).partition("\n")[0].lstrip("# ")) for name in bundled.names("suites")]


def _baseline_doc(name: str) -> str:
    return docstring(bundled.resolve("baselines", name).read_text(encoding="utf-8"))


def _suite_text(name: str) -> str:
    return bundled.resolve("suites", name).read_text(encoding="utf-8").rstrip()


def _manifold_card(name: str) -> str:
    from aeeval.report.manifold_card import manifold_card

    return manifold_card(name)


def _dataset_card(name: str) -> str:
    from aeeval.api import dataset

    if name in MANIFOLDS:
        return _manifold_card(name)
    from aeeval.datasets.hubs import on_hub

    if name not in DATASETS and not on_hub(name):
        raise UnknownName("data set", name, [*DATASETS, *MANIFOLDS])
    doc = HUBS.doc(name.partition(":")[0]) if on_hub(name) else DATASETS.doc(name)
    try:
        made = dataset(name)
    except DataError as error:  # what the card says is true also where the rows are not
        return _card(doc, {"rows": str(error)})
    sizes = f"train {len(made.train)}, val {len(made.val)}, test {len(made.test)}"
    return _card(doc, {"shape": made.shape, "rows": sizes, **made.card})


def _metric_card(name: str) -> str:
    metric = METRICS.get(name)
    facts = {
        "capability": metric.capability + (" (its headline)" if metric.headline else ""),
        "unit": metric.unit,
        "range": metric.range,
        "better": metric.better,
        "ideal": "–" if metric.ideal is None else f"{metric.ideal:g}",
        "needs": ", ".join(metric.needs) or "nothing",
        "effect": _effect(metric),
        "version": metric.version,
    }
    return _card(metric.doc, facts)


def _effect(metric: "Metric") -> str:
    if metric.effect != "log":
        return metric.effect
    return f"log((v + {metric.floor:g}) / (ref + {metric.floor:g}))" if metric.floor else "log(v / ref)"


def _card(text: str, facts: dict[str, object]) -> str:
    width = max(map(len, facts))
    return text + "\n\n" + "\n".join(f"{key:<{width}}  {value}" for key, value in facts.items())


LISTS: dict[str, Callable[[], Rows]] = {
    "manifolds": _registered(MANIFOLDS),
    "densities": _registered(DENSITIES),
    "datasets": lambda: [
        *_registered(DATASETS)(),
        *_hubs(),
        *((name, f"(manifold) {summary}") for name, summary in _registered(MANIFOLDS)()),
    ],
    "metrics": _registered(METRICS),
    "suites": _suites,
    "baselines": _baselines,
}
CARDS: dict[str, Callable[[str], str]] = {
    "manifold": _manifold_card,
    "density": DENSITIES.doc,
    "dataset": _dataset_card,
    "metric": _metric_card,
    "suite": _suite_text,
    "baseline": _baseline_doc,
}


@click.command("list")
@click.argument("kind", metavar="[" + "|".join(LISTS) + "]", required=False)
def list_command(kind: str | None) -> None:
    """List what is there, one line each; everything without KIND."""
    if kind is not None and kind not in LISTS:
        raise UnknownName("list", kind, LISTS)
    for name in [kind] if kind else LISTS:
        if kind is None:
            click.echo(f"{name}:")
        rows = LISTS[name]()
        width = max((len(row) for row, _ in rows), default=0)
        for row, summary in rows:
            click.echo(f"  {row:<{width}}  {summary}")


@click.command("show")
@click.argument("kind", metavar="[" + "|".join(CARDS) + "]")
@click.argument("name")
def show_command(kind: str, name: str) -> None:
    """Show the card of one manifold, density, data set, metric, suite or baseline."""
    if kind not in CARDS:
        raise UnknownName("kind", kind, CARDS)
    click.echo(CARDS[kind](name))
