"""The closing lines: the words on constructed cases, the numbers by hand, and what is missing."""

import re

import pytest

from aeeval.report.summary import summary
from aeeval.report.verdict import verdict

SEEDS = range(5)


def values(*numbers, task="sphere"):
    """One number a seed of one task."""
    return {((task, 2), seed): number for seed, number in enumerate(numbers)}


def around(centre, spread):
    """Five seeds evenly spread over centre ± spread."""
    return values(*(centre + spread * (seed - 2) / 2 for seed in SEEDS))


@pytest.mark.parametrize(
    ("metric", "mine", "pca", "word"),
    [
        ("fvu", around(0.1, 0.01), around(0.4, 0.01), "better than PCA"),
        ("fvu", around(0.4, 0.01), around(0.1, 0.01), "worse"),
        ("fvu", around(0.4, 0.1), around(0.4, 0.01), "little"),
        ("fvu", values(0.1), values(0.4), "little"),  # one seed
        ("fvu", around(0.1, 0.01), {}, "little"),  # no PCA beside it
        ("fvu", values(0.0, 0.0, 0.0), around(0.4, 0.1), "on target"),
        ("dimension_mismatch", around(0.05, 0.01), around(0.0, 0.001), "on target"),  # though behind PCA
        ("dimension_mismatch", around(0.09, 0.05), around(0.0, 0.001), "worse"),  # the interval leaves the margin
        ("dimension_mismatch", values(0.05), values(0.0), "little"),  # one seed settles nothing
        ("samples_per_s", around(2e6, 1e5), around(1e6, 1e5), "better than PCA"),
        ("samples_per_s", around(1e6, 1e5), around(2e6, 1e5), "worse"),
        ("copying", around(0.6, 0.01), around(0.9, 0.01), "better than PCA"),  # nearer to .5
        ("copying", around(0.4, 0.01), around(0.1, 0.01), "better than PCA"),
        ("copying", around(0.9, 0.01), around(0.6, 0.01), "worse"),
    ],
)
def test_words(metrics, metric, mine, pca, word):
    assert verdict(mine, pca, metrics[metric]) == word


def test_pairing_by_seed_finds_what_the_spread_over_seeds_hides(metrics):
    pca = values(0.1, 0.2, 0.4, 0.8, 1.6)
    mine = {key: 0.9 * value for key, value in pca.items()}
    assert verdict(mine, pca, metrics["fvu"]) == "better than PCA"
    unpaired = {(task, 4 - seed): value for (task, seed), value in mine.items()}
    assert verdict(unpaired, pca, metrics["fvu"]) == "little"


def lines_of(text, submission):
    """The lines under a submission's name, by headline."""
    block = text.split(f"\n\n{submission}, k = ")[1].split("\n\n")[0]
    return {
        re.split(r"  +", line)[2]: line for line in block.splitlines()[1:] if line.startswith("  ") and line[2] != " "
    }


def test_mean_interval_pca_and_ideal_by_hand(record, metrics):
    # per-seed means over the two tasks: mlp 2, 3, 4 (3 ± 4.303/√3 = 2.484), pca 8, 8, 8
    records = [
        record(value=base + offset + 0.0 * seed if name == "pca" else base + offset + seed, **fields)
        for name, base in (("mlp", 2.0), ("pca", 8.0))
        for task, offset in (("sphere", -1.0), ("roll", 1.0))
        for seed in range(3)
        for fields in [{"submission": name, "task": task, "seed": seed}]
    ]
    line = lines_of(summary(records, metrics), "mlp")["fvu"]
    assert re.split(r"  +", line)[1:] == ["reconstruction", "fvu", "3.0 ± 2.5", "8", "0", "better than PCA"]


def test_pca_is_that_of_the_same_code_lengths(record, metrics):
    records = [record(value=1.0, latent_dim=3)]
    records += [record(value=float(k**2), latent_dim=k, submission="pca") for k in (2, 3, 4)]
    assert re.split(r"  +", lines_of(summary(records, metrics), "mlp")["fvu"])[4] == "9"


def test_pca_on_fewer_tasks_says_so(record, metrics):
    records = [record(value=1.0, task=task) for task in ("a", "b")] + [record(value=3.0, task="a", submission="pca")]
    assert re.split(r"  +", lines_of(summary(records, metrics), "mlp")["fvu"])[4] == "3 (1 of 2)"


def test_one_line_a_headline_for_each_submission_but_no_baseline(grid, metrics):
    text = summary(grid, metrics)
    assert [name for name in ("broken", "mlp", "vae", "mean", "pca") if f"\n{name}" in text] == ["broken", "mlp", "vae"]
    assert list(lines_of(text, "mlp")) == [
        "fvu", "dimension_mismatch", "extrapolation_error", "memorised_noise", "sliced_wasserstein",
        "samples_per_s encode", "samples_per_s decode",
    ]  # fmt: skip


def test_baselines_alone_are_shown(record, metrics):
    text = summary(
        [record(submission=name, track="reference", seed=s) for name in ("mean", "pca") for s in SEEDS], metrics
    )
    assert lines_of(text, "mean (ref)")["fvu"].endswith("little")
    assert lines_of(text, "pca (ref)")["fvu"].endswith("is the reference")


def test_chosen_submissions_alone_are_shown(grid, metrics):
    text = summary(grid, metrics, submissions=["vae", "mean"])
    assert "\nvae, k" in text
    assert "\nmean (ref), k" in text
    assert "\nmlp, k" not in text


def test_lines_without_numbers_say_why(grid, metrics, record):
    skipped = [record(value=None, status="skipped", reason="takes images", submission="cnn", seed=s) for s in SEEDS]
    text = summary([*grid, *skipped], metrics)
    assert lines_of(text, "cnn")["fvu"].endswith("skipped: takes images")
    assert "failed: RuntimeError: no such layer_1" in lines_of(text, "broken")["fvu"]


def test_lines_with_some_numbers_say_how_many_are_missing(grid, metrics):
    assert lines_of(summary(grid, metrics), "vae")["fvu"].endswith("better than PCA; 1 of 6 failed")


def test_what_is_missing_is_counted_with_the_commonest_reasons(record, metrics):
    records = [record(seed=s) for s in SEEDS]
    records += [record("psnr", None, status="skipped", reason="needs images", seed=s) for s in SEEDS]
    records += [record("dimension_mismatch", None, reason="broke", seed=0)]
    records += [record("memorised_noise", None, status="timeout", reason="over 60 s", seed=s) for s in (0, 1)]
    last = summary(records, metrics).split("\n\n")[-1].splitlines()
    assert last == [
        "5 cells, 13 numbers: 1 failed in 1 cell; 2 timed out in 2 cells; 5 skipped in 5 cells.",
        "      5 × skipped: needs images",
        "      2 × timeout: over 60 s",
        "      1 × failed: broke",
        "Why, number by number: in the footnotes of `aeeval table` (`aeeval table OUT` after `--out OUT`).",
    ]


def test_many_reasons_are_cut_short_and_counted(record, metrics):
    records = [record(value=None, reason=f"reason {s}", seed=s) for s in range(7)]
    assert "and 4 other reasons" in summary(records, metrics)


def test_nothing_missing_is_said(record, metrics):
    assert summary([record()], metrics).endswith("1 cell, 1 number, all ok.")


def test_no_line_is_wider_than_a_terminal(grid, metrics, record):
    long = [record(value=None, submission="x", reason="long words " * 40)]
    text = summary([*grid, *long], metrics)
    assert max(map(len, text.splitlines())) <= 110
    assert "…" in text


def test_another_entrant_changes_nobodys_lines(grid, metrics, record):
    before = lines_of(summary(grid, metrics), "mlp")
    entrant = [record(value=1e-9, submission="new", seed=s) for s in range(3)]
    assert lines_of(summary([*grid, *entrant], metrics), "mlp") == before


def test_empty_input_gives_a_clear_message(metrics):
    assert "nothing was measured" in summary([], metrics)
