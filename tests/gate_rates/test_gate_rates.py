"""The rates of the gate, small: what has to keep quiet does within chance, what has to be seen is, the page is true."""

import math
from dataclasses import asdict

import pandas as pd
import pytest

from tests.gate_rates.__main__ import REPETITIONS, SEED
from tests.gate_rates.count import count
from tests.gate_rates.page import ALPHA
from tests.gate_rates.worlds import AT_MARGIN, CHANGES, NOISES, SEEDS, SHAPES, Change
from tests.study import DOCS

SMALL = 400
CHANGE = {change.name: change for change in CHANGES}
NOISE = {noise.name: noise for noise in NOISES}


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("noise", NOISES, ids=lambda noise: noise.name)
@pytest.mark.parametrize("seeds", SEEDS)
def test_at_the_margin_the_gate_is_quiet_within_chance(shape, noise, seeds):
    found = count(shape, noise, seeds, AT_MARGIN, SMALL, seed=1)
    # Binomial(400, .05): mean 20, sd 4.4; four of them. The same rule without Holm fails 150 times and more.
    assert found.fail <= SMALL * ALPHA + 4 * math.sqrt(SMALL * ALPHA * (1 - ALPHA))
    assert found.uncorrected > 3 * SMALL * ALPHA, "the world is noisy enough for the test to be able to fail"


@pytest.mark.parametrize(
    ("shape", "noise", "seeds", "change", "least"),
    [
        ("1 headline, 12 tasks", "equal", 3, "+10 %", 0.9),
        ("1 headline, 12 tasks", "unequal", 5, "+25 %", 0.95),
        ("1 headline, 12 tasks", "equal", 5, "one task ×1.5", 0.95),
        ("5 headlines, 5 tasks", "equal", 3, "+25 %", 0.95),
        ("5 headlines, 5 tasks", "heavy tails", 5, "one task ×1.5", 0.85),
        ("1 headline, 12 tasks", "rounding", 3, "+25 %", 0.95),
    ],
)
def test_what_got_worse_is_seen(shape, noise, seeds, change, least):
    assert count(shape, NOISE[noise], seeds, CHANGE[change], SMALL, seed=2).fail >= least * SMALL


def test_a_large_improvement_always_passes():
    better = Change("better", 0.5, everywhere=True)
    assert count("1 headline, 12 tasks", NOISE["equal"], 3, better, SMALL, seed=3).passed == SMALL


@pytest.mark.parametrize("world", [0, 70, 141])
def test_the_committed_counts_are_those_of_this_code(world):
    row = pd.read_csv(DOCS / "gate_rates.csv").iloc[world]
    change, noise = CHANGE[row["change"]], NOISE[row["noise"]]
    again = count(row["shape"], noise, int(row["seeds"]), change, REPETITIONS, SEED, float(row["margin"]))
    assert {key: row[key] for key in asdict(again)} == asdict(again)
