"""What the fixture `aeeval` of the pytest plugin hands to a test: evaluate, then assert that nothing got worse."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aeeval.api import evaluate, metrics_by_name
from aeeval.gate.baseline import write_baseline
from aeeval.gate.judge import judge_side
from aeeval.gate.settings import Settings, read_settings
from aeeval.gate.sides import Side, choose
from aeeval.gate.sources import cache_folder, remember
from aeeval.gate.text import one_line, terminal
from aeeval.gate.verdict import Verdict
from aeeval.protocol import CAPABILITIES
from aeeval.report.headlines import headlines
from aeeval.report.numbers import plus_minus
from aeeval.report.results import Results
from aeeval.report.verdict import keyed
from aeeval.stats.intervals import suite_interval

Say = Callable[[Sequence[str]], None]


@dataclass(frozen=True)
class Place:
    """Where a test runs: the root of the project, the cache (None: no cache), the name of the test, and its options."""

    root: Path
    cache: Path | None
    test: str
    update: bool = False
    strict: bool = False


class Evaluated(Results):
    """The results of a submission in a test, with what a test asserts of them."""

    def __init__(self, results: Results, place: Place, say: Say):
        super().__init__(results.records, metrics_by_name())
        self._place, self._say = place, say
        say([f"evaluated: {self._name()}", *self._headlines()])

    def assert_no_regression(self, baseline: str | Path, settings: Settings | None = None) -> None:
        """Fail the test where a headline is worse than in `baseline`, by the rule and the margins of `aeeval gate`.

        `baseline` is what BASE of `aeeval gate` may be, relative to the root of the project; where nothing is there, or
        with `--aeeval-update`, the results are stored there and nothing fails. `settings` are those of
        `[tool.aeeval.gate]` in pyproject.toml by default. With `--aeeval-strict`, or `strict = true` there,
        INCONCLUSIVE fails too. Raises `NotComparable` where the baseline was made with other versions.
        """
        __tracebackhide__ = True
        chosen = settings or read_settings(self._place.root / "pyproject.toml")
        head = self._side()
        path = self._place.root / baseline
        if self._place.update:
            write_baseline(path, head)
            self._say([f"{self._name()}: stored in {baseline}", *self._headlines()])
            return
        found = judge_side(path, head, metrics_by_name(), chosen)
        if found.verdict is None:
            write_baseline(found.base, head)
            self._say([f"{self._name()}: no baseline; stored in {baseline}", *self._headlines()])
            return
        self._conclude(found.verdict, baseline)

    def _conclude(self, verdict: Verdict, baseline: str | Path) -> None:
        __tracebackhide__ = True
        self._say([f"{self._name()} against {baseline}: {verdict.word}", *map(one_line, verdict.lines)])
        if verdict.exit_code(self._place.strict):
            raise AssertionError(f"{verdict.word}\n\n{terminal(verdict)}")

    def _side(self) -> Side:
        return choose(Path("this test"), self.records, None)

    def _name(self) -> str:
        return f"{self._side().submission} on {self.records[0].suite}"

    def _headlines(self) -> list[str]:
        """One line a headline: the mean over tasks and its 95 % interval over seeds, or that there is none."""
        mine = self._side().records
        found = [one for name in CAPABILITIES for one in headlines(mine, metrics_by_name(), name)]
        lines = []
        for one in found:
            values = keyed(one.pick(mine))
            interval = suite_interval(values) if values else None
            told = plus_minus(interval.mean, interval.half) if interval else "no number"
            lines.append(f"{one.metric.capability} {one.name} {told}")
        return lines


@dataclass(frozen=True)
class Harness:
    """The fixture `aeeval`: `aeeval.evaluate(MyAutoencoder).assert_no_regression("results/main.jsonl")`."""

    place: Place = field(repr=False)
    say: Callable[[str, Sequence[str]], None] = field(repr=False)

    def evaluate(
        self,
        submission: Any,
        suite: str = "smoke",
        seeds: int | None = None,
        *,
        data: Any = None,
        latent_dim: int | Sequence[int] | None = None,
        tasks: Sequence[str] | None = None,
        capabilities: Sequence[str] = CAPABILITIES,
        name: str | None = None,
        device: str = "cpu",
        limit: int | None = None,
    ) -> Evaluated:
        """As `aeeval.evaluate`, without reference rows and on the CPU unless asked; kept between runs of the tests.

        What was computed is read again as long as neither the submission nor any local module that is imported has
        changed; `pytest --cache-clear` forgets it.
        """
        folder = None
        if self.place.cache is not None:
            folder = cache_folder(self.place.cache, f"{self.place.test} {name} {suite}")
        results = evaluate(
            submission,
            suite,
            seeds,
            data=data,
            latent_dim=latent_dim,
            tasks=tasks,
            capabilities=capabilities,
            name=name,
            reference=False,
            device=device,
            limit=limit,
            out=folder,
        )
        if folder is not None:
            remember(folder)
        key = f"aeeval {name or ''} {suite}".replace("  ", " ")
        return Evaluated(results, self.place, lambda lines: self.say(key, lines))
