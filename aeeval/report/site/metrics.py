"""A page for each metric, and the list of them."""

from collections.abc import Iterator
from typing import Any

from aeeval.protocol import CAPABILITIES
from aeeval.report.facts import DIRECTIONS, MetricFacts
from aeeval.report.site.board_data import data_of
from aeeval.report.site.boards import Board, metric_boards
from aeeval.report.site.html import page, script
from aeeval.report.site.leaderboard import track_words, who
from aeeval.report.site.proofs import known_answers
from aeeval.report.site.prose import parts
from aeeval.report.site.site import Page, Site

LIST = "metrics/index.html"
FACETS = {"suite": "Suite", "axes": "At", "track": "Track", "k": "Code length"}


def pages(site: Site) -> Iterator[Page]:
    """The list, and for each metric that was measured its page and the data of its boards."""
    present = [name for name in site.metrics if name in set(site.records.distinct("metric"))]
    yield Page(LIST, page("metrics.html", LIST, "Metrics", site=site, groups=_groups(site, present)))
    for name in present:
        path, file = site.addresses.metric(name), f"data/{site.addresses.metric(name).removesuffix('.html')}.js"
        yield Page(path, _page(site, name, path, file))
        yield Page(file, _data(site, name))


def _groups(site: Site, present: list[str]) -> list[tuple[str, list[dict[str, Any]]]]:
    """The metrics of each capability, the headline first."""
    known = [site.metrics[name] for name in present]
    return [
        (
            capability,
            [
                {
                    "id": m.id,
                    "href": site.addresses.metric(m.id),
                    "headline": m.headline,
                    **parts(getattr(m, "doc", "")),
                }
                for m in sorted(known, key=lambda m: not m.headline)
                if m.capability == capability
            ],
        )
        for capability in CAPABILITIES
        if any(m.capability == capability for m in known)
    ]


def _page(site: Site, name: str, path: str, file: str) -> str:
    metric = site.metrics[name]
    told = parts(getattr(metric, "doc", ""))
    return page(
        "metric.html", path, name, site=site, name=name, told=told, facts=facts(metric), file=file,
        headline=metric.headline, capability=metric.capability, known=known_answers(name),
    )  # fmt: skip


def facts(metric: MetricFacts) -> dict[str, str]:
    """What there is to know of a metric beside its definition."""
    formula = f"log((v + {metric.floor:g}) / (ref + {metric.floor:g}))" if metric.effect == "log" else "v − ref"
    told = parts(getattr(metric, "doc", ""))
    return {
        "capability": metric.capability,
        "unit": "a pure number" if metric.unit == "1" else metric.unit,
        "range": getattr(metric, "range", ""),
        "better": DIRECTIONS[metric.better],
        "ideal": "–" if metric.ideal is None else f"{metric.ideal:g}",
        "null": told["null"] or "see the definition",
        "needs": ", ".join(getattr(metric, "needs", ())) or "nothing",
        "effect beside PCA": formula,
        "smallest effect worth a word": f"{metric.margin:g}",
        "source": told["source"],
        "version": str(getattr(metric, "version", "")),
    }


def _data(site: Site, name: str) -> str:
    """All boards of a metric in one file: the page loads no other."""
    boards = [
        (section, board)
        for section in site.sections
        for board in metric_boards(section, site.addresses.suite(section), name, site.metrics)
    ]
    return script(
        "index",
        {
            "who": who(site),
            "facets": [{"key": key, "label": label} for key, label in FACETS.items()],
            "boards": [
                {
                    "choice": board.choice,
                    "words": _words(site, board),
                    "data": data_of(board, site.places, site.links(section)),
                }
                for section, board in boards
            ],
        },
    )


def _words(site: Site, board: Board) -> dict[str, str]:
    track = board.choice["track"]
    return {
        "suite": site.addresses.suites[board.section.digest],
        "track": track_words(track),
        "k": board.k_text,
        "axes": board.choice["axes"] or "–",
    }
