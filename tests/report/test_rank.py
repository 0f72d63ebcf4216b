"""Leagues and their ranks: scores by hand, who is ranked with whom, and that nobody's score depends on others."""

import dataclasses
import io
import json
import math
import sys

import numpy as np
import pandas as pd
import pytest

from aeeval.cli import main
from aeeval.errors import UnknownName, UsageError
from aeeval.report.fields import Asked
from aeeval.report.rank import MEAN_RANK, rank_section
from aeeval.report.rank_tables import written
from aeeval.report.sections import sections
from tests.report.conftest import METRICS, make


def ranked(records, asked=None, **options):
    (section,) = sections(records)
    return section, rank_section(section, METRICS, asked or Asked(), **options)


def by_name(records, metric="fvu", asked=None, **options):
    """The standings of one headline by submission."""
    _, found = ranked(records, asked, **options)
    return {row.who[0]: row for one in found if one.league.headline.metric.id == metric for row in one.standings}


def test_a_score_by_hand(grid):
    rows = by_name(grid)
    effects = [
        math.log((level + 0.01 * seed + 1e-6) / (reference + 0.01 * seed + 1e-6))
        for level, reference in ((0.1, 0.4), (0.2, 0.8))
        for seed in range(3)
    ]
    assert rows["mlp"].score == pytest.approx(np.mean(effects), rel=1e-12)
    assert (rows["mlp"].rank, rows["mlp"].tasks, rows["mlp"].of) == (1, 2, 2)
    assert rows["vae"].rank == 2
    assert rows["pca"].score == 0.0


def test_higher_is_better_ranks_the_other_way(grid):
    rows = by_name(grid, "samples_per_s")
    assert rows["mlp"].score > rows["vae"].score > 0
    assert (rows["vae"].rank, rows["mlp"].rank) == (1, 2)


@pytest.mark.parametrize("level", [1e-9, 0.15, 50.0, None])
def test_an_entrant_that_comes_changes_nobodys_score(grid, level):
    new = [
        dataclasses.replace(
            r,
            submission="new",
            submission_sha256="77",
            value=level,
            status="failed" if level is None else "ok",
            reason="x" if level is None else None,
        )
        for r in grid
        if r.submission == "mlp"
    ]
    for metric in ("fvu", "dimension_mismatch", "sliced_wasserstein", "samples_per_s"):
        before, after = by_name(grid, metric), by_name([*grid, *new], metric)
        for name, row in before.items():
            kept = ("score", "low", "high", "tasks_low", "tasks_high", "tasks", "of")
            assert [getattr(row, key) for key in kept] == pytest.approx(
                [getattr(after[name], key) for key in kept], nan_ok=True, rel=1e-12
            )


def test_by_mean_rank_an_entrant_that_comes_may_change_all(grid):
    new = [dataclasses.replace(r, submission="new", value=1e-3) for r in grid if r.submission == "mlp"]
    before, after = by_name(grid, method=MEAN_RANK), by_name([*grid, *new], method=MEAN_RANK)
    assert (before["mlp"].score, after["mlp"].score) == (1.0, 2.0)
    assert math.isnan(after["pca"].score)


def test_reference_rows_are_shown_and_never_ranked(grid):
    _, found = ranked(grid)
    rows = found[0].standings
    assert [row.who[0] for row in rows if row.note == "reference row"] == ["pca", "mean"]
    assert all(row.rank == 0 for row in rows if row.note == "reference row")
    assert rows.index(next(row for row in rows if row.who[0] == "pca")) > rows.index(rows[0])


def test_failures_are_shown_and_stand_ins_are_marked(grid):
    plain = by_name(grid)
    assert (plain["broken"].rank, plain["broken"].tasks, plain["broken"].failed) == (0, 0, 6)
    assert "no such layer_1" in plain["broken"].note
    assert (plain["vae"].rank, plain["vae"].failed, plain["vae"].imputed) == (2, 1, 0)
    stood = by_name(grid, impute=True)
    assert (stood["broken"].rank, stood["broken"].imputed, stood["broken"].failed) == (3, 6, 6)
    assert stood["vae"].imputed == 1
    assert stood["broken"].score == pytest.approx(by_name(grid)["mean"].score)  # the worst of the reference rows
    section, found = ranked(grid, impute=True)
    assert "imputed" in written(section, found).as_format("md")
    assert "imputed" not in written(*ranked(grid)).as_format("md").split("## ")[2]


def test_flagged_numbers_are_shown_and_not_ranked(grid, record):
    flag = record("passes_input", 1.0, better="none", task="roll", seed=1, reason="hands its input through")
    flag = dataclasses.replace(flag, capability="reconstruction")
    rows = by_name([*grid, flag])
    assert (rows["mlp"].rank, rows["mlp"].note, rows["mlp"].tasks) == (0, "pass-through on roll", 1)
    assert rows["mlp"].score == by_name(grid)["mlp"].score
    assert by_name([*grid, flag], "extrapolation_error")["mlp"].rank == 0
    assert by_name([*grid, flag], "sliced_wasserstein")["mlp"].rank == 1


def test_a_task_on_which_pca_is_near_perfect_does_not_count(grid):
    easy = [
        dataclasses.replace(r, value=1e-4) if (r.submission, r.task, r.metric) == ("pca", "roll", "fvu") else r
        for r in grid
    ]
    section, found = ranked(easy)
    assert all(one.league.field.places == (("sphere", 2),) for one in found)
    assert "Not counted: roll (k=2), where pca has fvu 0.0001." in written(section, found).as_format("md")


def test_a_task_on_which_pca_has_no_number_does_not_count(grid):
    without = [
        dataclasses.replace(r, value=None, status="skipped", reason="codes do not vary")
        if (r.submission, r.task, r.metric) == ("pca", "roll", "memorised_noise")
        else r
        for r in grid
    ]
    assert by_name(without, "memorised_noise")["mlp"].of == 1
    assert by_name(without)["mlp"].of == 2


def test_tracks_lengths_and_samplers_are_never_ranked_together(grid):
    frozen = [dataclasses.replace(r, track="frozen", submission="given") for r in grid if r.submission == "vae"]
    longer = [dataclasses.replace(r, latent_dim=8) for r in grid if r.track == "reference" or r.submission == "mlp"]
    _, found = ranked([*grid, *frozen, *longer], Asked(samplers=("all",)))
    fvu = [one for one in found if one.league.headline.metric.id == "fvu"]
    assert {(one.league.field.track, one.league.field.k) for one in fvu} == {
        ("recipe", "2"), ("recipe", "8 (longer)"), ("frozen", "2"), ("frozen", "8 (longer)"),
    }  # fmt: skip
    for one in found:
        assert len({row.who[1] for row in one.standings if row.rank}) <= 1
    samplers = [
        one.league.headline.axes["sampler"] for one in found if one.league.headline.metric.id == "sliced_wasserstein"
    ]
    assert set(samplers) == {"prior", "gauss", "gmm10"}  # truth is no sampler of the model


def test_the_lengths_that_tasks_set_stand_together_and_others_apart(grid):
    """`sphere` at 2 alone, `roll` at 1, 2 and 8: 2 is the one that both set, and no two lengths of `roll` ever meet."""
    other = [dataclasses.replace(r, latent_dim=k) for r in grid if r.task == "roll" for k in (1, 8)]
    fields = [one.league.field for one in ranked([*grid, *other], Asked(capabilities=("reconstruction",)))[1]]
    assert [(field.k, field.places) for field in fields] == [
        ("2", (("sphere", 2), ("roll", 2))),
        ("1 (shorter)", (("roll", 1),)),
        ("8 (longer)", (("roll", 8),)),
    ]
    apart = [one.league.field.k for one in ranked([*grid, *other], Asked(capabilities=("dimension",), group_by="k"))[1]]
    assert apart == ["1", "2", "8"]


def test_a_length_that_was_chosen_is_held_against_the_smallest_of_the_reference(grid):
    own = [dataclasses.replace(r, track="own-k", latent_dim=5, submission="own") for r in grid if r.submission == "mlp"]
    longer = [dataclasses.replace(r, latent_dim=8, value=r.value * 3) for r in grid if r.submission == "pca"]
    _, found = ranked([*grid, *own, *longer], Asked(tracks=("own-k",), capabilities=("reconstruction",)))
    (one,) = found
    rows = {row.who[0]: row for row in one.standings}
    assert one.league.field.k == "own"
    assert rows["own"].score == pytest.approx(by_name(grid)["mlp"].score)
    assert rows["own"].rank == 1


def test_filters_groups_and_pivots(grid):
    assert {row.who[0] for row in ranked(grid, Asked(submissions=("m*",)))[1][0].standings} == {"mlp", "pca", "mean"}
    assert by_name(grid, asked=Asked(tasks=("sph*",)))["mlp"].of == 1
    groups = [one.league.field.group for one in ranked(grid, Asked(group_by="task", capabilities=("dimension",)))[1]]
    assert groups == ["sphere", "roll"]
    section, found = ranked(grid)
    overview = written(section, found, pivot="capability").as_format("md")
    assert overview.count("## ") == 1
    assert "front" in overview
    assert "roll (k=2)" in written(section, found, pivot="task").as_format("md")
    assert by_name(grid, "truth_error", Asked(metric="truth_error"))["mlp"].rank == 1


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        (Asked(tasks=("rol",)), "did you mean roll"),
        (Asked(submissions=("vaee",)), "did you mean vae"),
        (Asked(samplers=("gmm",)), "unknown sampler"),
        (Asked(metric="fvuu"), "did you mean fvu"),
    ],
)
def test_what_is_not_there_is_named(grid, asked, why):
    with pytest.raises(UnknownName, match=why):
        ranked(grid, asked)


def test_without_the_reference_there_is_no_rank(grid):
    with pytest.raises(UsageError, match="aeeval run pca"):
        ranked([record for record in grid if record.submission != "pca"])


def test_the_front_has_those_whom_nobody_beats(grid):
    good = {"fvu": 0.05, "sliced_wasserstein": 9.0}
    other = [
        dataclasses.replace(r, submission="other", value=good[r.metric])
        for r in grid
        if r.submission == "mlp" and r.metric in good
    ]
    some = [r for r in grid if r.metric in good]
    rows = by_name([*some, *other], asked=Asked(capabilities=("reconstruction", "sampling")))
    assert {name: row.pareto for name, row in rows.items() if row.rank} == {"mlp": True, "other": True, "vae": False}


def test_every_form_has_the_same_scores(grid):
    found = written(*ranked(grid))
    rows = json.loads(found.as_format("json"))
    frame = pd.read_csv(io.StringIO(found.as_format("csv")))
    assert [row["rank"] for row in rows] == [None if math.isnan(rank) else rank for rank in frame["rank"]]
    assert "RuntimeError: no such layer_1 | &amp; 100%" in found.as_format("html")
    assert r"\begin{tabular}" in found.as_format("latex")


def test_on_the_command_line(grid, tmp_path, monkeypatch, capsys):
    from aeeval.store import Store

    real = [r for r in grid if r.metric in ("fvu", "sliced_wasserstein")]
    Store(tmp_path).write_cell("ab12", real)

    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["aeeval", *map(str, arguments)])
        with pytest.raises(SystemExit) as stop:
            main()
        return (stop.value.code, *capsys.readouterr())

    code, board, _ = run("leaderboard", tmp_path)
    assert (code, "## Overview: track recipe, k = 2" in board) == (0, True)
    assert run("table", "--rank", tmp_path) == (0, board, "")
    assert run("table", tmp_path, "--rank", "--format", "html")[1].startswith("<!doctype html>")
    code, _, err = run("table", tmp_path, "--task", "roll")
    assert (code, "add --rank" in err) == (2, True)
    assert run("table", tmp_path, "--format", "html")[1].startswith("<!doctype html>")
    assert make().metric == "fvu"
