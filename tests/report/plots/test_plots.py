"""Plots of a whole suite: what is drawn is what the records say, with the project's own statistics."""

from dataclasses import dataclass

import numpy as np
import pytest

from aeeval.errors import Skipped, UnknownName, UsageError
from aeeval.records import Records
from aeeval.report.plots import PLOTS
from aeeval.report.plots.entrants import field
from aeeval.report.plots.labels import spread
from aeeval.report.plots.truths import known, task_of
from aeeval.stats.intervals import t_interval
from aeeval.suite import load_suite
from tests.report.conftest import METRICS, Facts, make

pytest.importorskip("matplotlib")

SMOKE, ROWS = load_suite("smoke"), load_suite("rows")
KNOWN = {**METRICS, **{name: Facts(name, "dimension", headline=False) for name in ("kept_dim", "excess_dim")}}
NAMES = {"mean": 1.0, "pca": 0.5, "mlp": 0.2, "vae": 0.3}  # fvu
MEMORISED = {"pca": 1.0, "mlp": 0.9}  # at 50 rows


def told(metric, value, submission, task, seed, k, suite=SMOKE, **axes):
    track = "reference" if submission == "mean" else "recipe"
    return make(
        metric, value, submission=submission, task=task, seed=seed, latent_dim=k, axes=axes, track=track,
        suite=suite.name, suite_digest=suite.digest, submission_sha256=submission,
    )  # fmt: skip


def smoke():
    found = []
    for seed in range(3):
        for name, fvu in NAMES.items():
            for task, k in (("sphere2-cap", 2), ("swiss-roll", 2)):
                here = (name, task, seed, k)
                found += [
                    told("fvu", fvu * (1 + 0.1 * seed), *here),
                    told("memorised_noise", 0.1 * fvu + seed / 100, *here),
                ]
                found += [told("kept_dim", 2 - fvu + 0.01 * seed, *here), told("excess_dim", fvu, *here)]
                for number, sampler in enumerate(("prior", "gauss", "gmm10")):
                    found.append(told("sliced_wasserstein", 0.1 * (number + 1) * fvu, *here, sampler=sampler))
    return Records.of(found)


def rows():
    return Records.of(
        [
            told("memorised_noise", start * 50 / n + 0.001 * seed, name, f"plane3-n{n}", seed, 3, suite=ROWS)
            for name, start in MEMORISED.items()
            for n in (50, 100, 200)
            for seed in range(3)
        ]
    )


def drawn(kind, records, **asked):
    options = {"suite": None, "tasks": (), "latent_dim": None, **asked}
    return PLOTS.get(kind)(field(records, KNOWN, **options))


def words(figure):
    import io

    held = io.StringIO()
    figure.savefig(held, format="svg")
    return {text.get_text() for text in figure.findobj(lambda one: hasattr(one, "get_text"))}


@pytest.mark.parametrize("kind", PLOTS)
def test_every_kind_names_everyone(kind):
    figure = drawn(kind, rows() if kind == "noise" else smoke())
    names = words(figure)
    assert {"mlp", "pca"} <= names
    assert any("sphere2-cap" in word or "plane" in word or "2 tasks" in word for word in names)


def points(axes):
    """Where error bars stand: their centre, and half of their length in y."""
    found = []
    for container in axes.containers:
        x, y = container.lines[0].get_data()
        (bars,) = [bar for bar in container.lines[2] if np.ptp(bar.get_segments()[0][:, 0]) == 0][-1:]
        found += [
            (float(a), float(b), float(np.ptp(bar[:, 1])) / 2)
            for a, b, bar in zip(x, y, bars.get_segments(), strict=True)
        ]
    return found


def test_memorised_noise_stands_over_its_rows_with_its_interval():
    (axes,) = drawn("noise", rows()).axes
    expected = [
        (n, t_interval([start * 50 / n + 0.001 * seed for seed in range(3)]))
        for start in MEMORISED.values()
        for n in (50, 100, 200)
    ]
    for n, mean in expected:
        assert any((x, y, half) == pytest.approx((n, mean.mean, mean.half), rel=1e-6) for x, y, half in points(axes)), (
            n,
            mean,
        )
    law = next(line for line in axes.lines if line.get_linestyle() == "--" and len(line.get_xdata()) == 3)
    assert law.get_ydata() == pytest.approx([4 / 50, 4 / 100, 4 / 200])


def test_kept_and_excess_are_where_the_records_put_them():
    figure = drawn("dimension", smoke(), tasks=("swiss*",))
    (axes,) = figure.axes
    assert axes.get_title(loc="left") == "swiss-roll, k = 2; d = 2, e(S) = 2"
    centres = {(round(x, 6), round(y, 6)) for x, y, _ in points(axes)}
    assert centres == {(round(2 - fvu + 0.01, 6), fvu) for fvu in NAMES.values()}


def test_samplers_stand_apart_by_their_own_distance():
    figure = drawn("samplers", smoke(), tasks=("sphere2-cap",))
    axes = figure.axes[0]
    dots = sorted(
        float(line.get_xdata()[0]) for line in axes.lines if line.get_marker() == "o" and len(line.get_xdata())
    )
    assert dots == pytest.approx(sorted(0.1 * (n + 1) * fvu for n in range(3) for fvu in NAMES.values()))


def test_scores_are_those_of_the_leaderboard_and_the_front_is_marked():
    figure = drawn("capabilities", smoke())
    axes = next(
        one for one in figure.findobj(lambda one: hasattr(one, "containers")) if "fvu" in one.get_title(loc="left")
    )
    dots = {float(line.get_xdata()[0]): line.get_color() for line in axes.lines if line.get_marker() == "o"}
    near = [fvu / 0.5 for name, fvu in NAMES.items() if name != "mean"]
    assert sorted(dots) == pytest.approx(sorted(np.log(near)), abs=1e-4)
    (beyond,) = [line for line in axes.lines if line.get_marker() == ">"]  # the mean: an arrow at the end of the axis
    assert beyond.get_xdata()[0] == axes.get_xlim()[1] < np.log(2)
    assert {colour for at, colour in dots.items() if at == min(dots)} == {"#b2182b"}


def test_what_is_not_there_is_told():
    with pytest.raises(UnknownName, match="did you mean swiss-roll"):
        drawn("dimension", smoke(), tasks=("swiss-rol",))
    with pytest.raises(UnknownName, match="did you mean smoke"):
        drawn("dimension", smoke(), suite="smoek")
    with pytest.raises(UsageError, match="records of one suite"):
        drawn("dimension", Records.joined([smoke(), rows()]))
    with pytest.raises(Skipped, match="training rows alone"):
        drawn("noise", smoke())
    with pytest.raises(Skipped, match="no kept dimension"):
        drawn("dimension", rows())
    with pytest.raises(Skipped, match="no samples"):
        drawn("samplers", rows())


def test_one_of_several_suites_is_chosen_by_name():
    assert "rows" in drawn("noise", Records.joined([smoke(), rows()]), suite="rows").get_suptitle()


@dataclass
class Case:
    task: str
    dim: int
    least: int | None


@pytest.mark.parametrize("case", [Case("sphere2-cap", 2, 2), Case("plane3", 3, 3)], ids=lambda case: case.task)
def test_dimensions_of_a_task_are_those_of_its_support(case):
    found = known(task_of(SMOKE, case.task))
    assert (found.dim, found.least) == (case.dim, case.least)
    assert known(task_of(SMOKE, "digits")) is None


@pytest.mark.parametrize("seed", range(5))
def test_labels_keep_their_order_and_their_distance(seed):
    for most in (1.0, 0.1):
        places = sorted(np.random.default_rng(seed).uniform(0, most, 12))
        made = spread(places, 0.05)
        assert np.diff(made).min() >= 0.05 - 1e-9
        assert min(made) >= 0
        assert max(made) <= 1 + 1e-9


def test_labels_that_are_too_many_run_over_both_ends_alike():
    assert spread([0.0, 0.0, 0.1, 0.2], 0.5) == pytest.approx([-0.25, 0.25, 0.75, 1.25])


def test_labels_that_have_room_stay_where_their_points_are():
    assert spread([0.1, 0.5, 0.9], 0.1) == pytest.approx([0.1, 0.5, 0.9])
    assert spread([], 0.1) == []
