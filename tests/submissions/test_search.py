"""Search spaces: what is one, and what is drawn from it."""

import math

import numpy as np
import pytest
import torch
from scipy import stats

from aeeval.errors import UsageError
from aeeval.submissions.load import load
from aeeval.submissions.search import check_space, configurations
from aeeval.submissions.submission import Submission

SPACE = {
    "width": [64, 128, 256],
    "depth": {"low": 1, "high": 4},
    "beta": {"low": 1e-4, "high": 1e-1, "log": True},
    "share": {"low": -1.0, "high": 1.0},
}


def build(*, shape, latent_dim, seed, width=128, depth=2, beta=1e-3, share=0.0):
    return None


def drawn(count, seed=0):
    return configurations(SPACE, count, torch.Generator().manual_seed(seed))


def test_the_first_is_the_submission_as_it_is():
    assert drawn(1) == [{}]
    assert drawn(3)[0] == {}
    assert all(set(one) == set(SPACE) for one in drawn(3)[1:])


def test_every_argument_follows_its_law():
    """Choices and whole numbers by chi squared, ranges by Kolmogorov and Smirnov; each fails once in 10,000 seeds."""
    found = drawn(2001)[1:]
    for name, values in (("width", [64, 128, 256]), ("depth", [1, 2, 3, 4])):
        counts = [sum(one[name] == value for one in found) for value in values]
        assert sum(counts) == 2000
        assert stats.chisquare(counts).pvalue > 1e-4
    decades = np.log10([one["beta"] for one in found])
    assert stats.kstest(decades, stats.uniform(-4, 3).cdf).pvalue > 1e-4
    assert stats.kstest([one["share"] for one in found], stats.uniform(-1, 2).cdf).pvalue > 1e-4
    assert abs(stats.spearmanr(decades, [one["share"] for one in found]).statistic) < 4 / math.sqrt(2000)
    assert all(type(one["depth"]) is int for one in found)


def test_more_trials_go_on_where_fewer_ended():
    assert drawn(8)[:5] == drawn(5)
    assert drawn(8) == drawn(8)
    assert drawn(8, seed=1) != drawn(8)


@pytest.mark.parametrize(
    ("space", "told"),
    [
        ([1, 2], "a mapping"),
        ({"width": 64}, "a list of plain values or a range"),
        ({"width": []}, "a list of plain values or a range"),
        ({"beta": {"low": 1.0, "high": 1.0}}, "low < high"),
        ({"beta": {"low": 0.0, "high": 1.0, "log": True}}, "low < high"),
        ({"beta": {"low": 1.0, "high": math.inf}}, "low < high"),
        ({"beta": {"low": 1.0, "high": 2.0, "scale": "log"}}, "low < high"),
        ({"hidden": [64, 128]}, "unexpected keyword argument 'hidden'"),
        ({"seed": [0, 1]}, "multiple values for keyword argument 'seed'"),
    ],
)
def test_what_is_no_space_is_told(space, told):
    with pytest.raises(UsageError, match="SEARCH") as error:
        check_space(space, build, "SEARCH")
    assert told in str(error.value)


def test_a_submission_is_tried_only_where_it_has_a_space():
    plain, searched = Submission("plain", build), Submission("own", build, search=SPACE, chooses_latent_dim=True)
    assert plain.searched(8) is plain
    assert searched.searched(0) is searched
    assert (searched.searched(8).track, searched.searched(8).trials) == ("search 8", 8)
    assert not searched.searched(8).chooses_latent_dim
    assert searched.on_track("search 8") == searched.searched(8)
    assert searched.on_track("recipe") is searched


def test_a_file_with_a_broken_space_is_a_submission_that_fails(tmp_path):
    file = tmp_path / "mine.py"
    file.write_text("SEARCH = {'width': 3}\n\ndef build(*, shape, latent_dim, seed, width=1):\n    return None\n")
    with pytest.raises(Exception, match="a list of plain values or a range"):
        load(str(file)).build(shape=(2,), latent_dim=1, seed=0)


@pytest.mark.parametrize("name", ["mlp", "vae", "irmae", "rae_l2"])
def test_every_number_that_a_baseline_lets_be_searched_makes_another_model(name):
    baseline, x = load(name), torch.randn(9, 20, generator=torch.Generator().manual_seed(0))

    def loss(config):
        model = baseline.build(shape=(20,), latent_dim=3, seed=4, **config)
        own = getattr(model, "loss", lambda rows: model.decode(model.encode(rows)).sum())
        with torch.random.fork_rng():
            torch.manual_seed(0)
            return own(x)

    assert torch.equal(loss({}), loss({}))
    (config,) = [one for one in configurations(baseline.search, 2, torch.Generator().manual_seed(1)) if one]
    assert set(config) == set(baseline.search)
    assert not any(torch.equal(loss({key: value}), loss({})) for key, value in config.items())
