"""The search of hyper-parameters: as many trials for all, judged on validation rows, repeatable to the bit."""

import json

import pytest
import torch

from aeeval.api import metrics_by_name
from aeeval.cells import Choice
from aeeval.cli.run import run_command
from aeeval.datasets.base import Rows
from aeeval.errors import NotComparable, SubmissionError
from aeeval.fits import Order
from aeeval.fitting import Training
from aeeval.report.tables import render
from aeeval.results.pack import pack
from aeeval.session import Session, searched
from aeeval.store import Store
from aeeval.submissions.load import load, load_all
from aeeval.suite import load_suite
from aeeval.training import Budget
from aeeval.trials import Searched, models_here, validation_error
from tests.tiny import write_submission, write_suite

BLUR = """
import torch

SEARCH = {"push": [0.0, 0.5, 1.0, 2.0, "nan", "raise"]}


class Blur:
    '''Answers each row pushed by a constant: its error is known.'''

    def __init__(self, push):
        self.push = push

    def fit(self, train, val):
        if self.push == "raise":
            raise ValueError("no")

    def encode(self, x):
        return x

    def decode(self, z):
        return z + (float(self.push))


def build(*, shape, latent_dim, seed, push=4.0):
    return Blur(push)
"""

CHOOSER = """
import torch

SEARCH = {"honest": [True, False]}


class Nearest:
    '''Honest: a hundredth of the way to zero. Else the nearest validation row: perfect there, and nowhere else.'''

    def __init__(self, honest):
        self.honest = honest

    def fit(self, train, val):
        self.rows = val.flatten(1)

    def encode(self, x):
        x = x.flatten(1)
        return 0.99 * x if self.honest else self.rows[torch.cdist(x, self.rows).argmin(dim=1)]

    def decode(self, z):
        return z


def build(*, shape, latent_dim, seed, honest=True):
    return Nearest(honest)
"""

SLOPE = """
import torch
from torch import nn

SEARCH = {"width": [2, 4, 8, 16]}


class Net(nn.Module):
    def __init__(self, size, k, width):
        super().__init__()
        self.encoder = nn.Sequential(nn.Linear(size, width), nn.Tanh(), nn.Linear(width, k))
        self.decoder = nn.Linear(k, size)

    def encode(self, x):
        return self.encoder(x)

    def decode(self, z):
        return self.decoder(z)


def build(*, shape, latent_dim, seed, width=3):
    torch.manual_seed(seed)
    return Net(shape[0], latent_dim, width)
"""
ROWS = Training((6,), *(Rows(x, x) for x in torch.randn(2, 30, 6, generator=torch.Generator().manual_seed(0)).double()))


def written(folder, text, name="mine"):
    (folder / f"{name}.py").write_text(text)
    return str(folder / f"{name}.py")


def ordered(spec, trials, seeds=(0, 1), latent_dim=6, task="t"):
    return Order(load(spec).searched(trials), task, latent_dim, seeds, Budget(steps=20, batch=16))


def told(order, seed=0, rows=ROWS):
    training = Searched(order, lambda seed: rows).fitted(seed).training
    return training, json.loads(training["trials"])


def session(tmp_path, spec, trials, capabilities=("reconstruction",), **settings):
    suite = load_suite(write_suite(tmp_path))
    return Session(suite, searched(load_all([spec]), trials)[0], Choice(capabilities, ("cap",)), **settings)


def lines(records):
    return [json.loads(record.to_json()) | {"env": ""} for record in records]


def test_the_best_on_validation_rows_is_chosen_and_all_are_told(tmp_path):
    """A push by c has the error 6 c² / mean ‖x − x̄‖²."""
    training, trials = told(ordered(written(tmp_path, BLUR), 12))
    x = ROWS.val.x
    unit = (x - ROWS.train.x.mean(dim=0)).square().sum().item() / len(x)
    assert training["search"] == len(trials) == 12
    pushes = [trial["config"].get("push", 4.0) for trial in trials]
    assert {"nan", "raise", 0.5} <= set(pushes)
    for push, trial in zip(pushes, trials, strict=True):
        if isinstance(push, str):
            assert trial["val_fvu"] is None
            assert trial["reason"]
        else:
            assert trial["val_fvu"] == pytest.approx(6 * push**2 / unit, rel=1e-5, abs=1e-12)
        assert trial["seconds"] >= 0
    least = min(push for push in pushes if not isinstance(push, str))
    assert json.loads(training["config"]) == {"push": least}
    assert training["search_seconds"] == pytest.approx(sum(trial["seconds"] for trial in trials))


def test_where_every_trial_fails_the_submission_fails_as_the_first_did(tmp_path):
    text = BLUR.replace('[0.0, 0.5, 1.0, 2.0, "nan", "raise"]', '["nan", "raise"]').replace("push=4.0", 'push="raise"')
    with pytest.raises(SubmissionError, match="fit raised ValueError: no"):
        told(ordered(written(tmp_path, text), 4))


def test_what_is_perfect_on_validation_rows_alone_is_chosen(tmp_path):
    """The judge sees no other rows; that test rows tell the difference is what they are for."""
    found = Searched(ordered(written(tmp_path, CHOOSER), 4), lambda seed: ROWS).fitted(0)
    assert json.loads(found.training["config"]) == {"honest": False}
    other = torch.randn(30, 6, generator=torch.Generator().manual_seed(1)).double()
    assert validation_error(found.model, ROWS) == pytest.approx(0, abs=1e-12)
    assert validation_error(found.model, Training((6,), ROWS.train, Rows(other, other))) > 0.1  # .0001, were it honest


def test_trials_are_trained_at_the_same_budget_and_together(tmp_path):
    """Each with all seeds; another seed finds the same trials, and chooses for itself."""
    order = ordered(written(tmp_path, SLOPE), 5, latent_dim=2)
    models = Searched(order, lambda seed: ROWS)
    first, second = (models.fitted(seed).training for seed in (0, 1))
    assert first["together"] == second["together"] == 1
    assert first["steps"] == second["steps"] == 20
    configs = [[trial["config"] for trial in json.loads(one["trials"])] for one in (first, second)]
    assert configs[0] == configs[1]
    errors = [[trial["val_fvu"] for trial in json.loads(one["trials"])] for one in (first, second)]
    assert errors[0] != errors[1]
    for one, found in zip((first, second), errors, strict=True):
        assert json.loads(one["config"]) == configs[0][found.index(min(found))]


def test_a_submission_that_is_not_tried_is_fitted_as_ever(tmp_path):
    assert not isinstance(models_here(ordered(written(tmp_path, SLOPE), 0), lambda seed: ROWS), Searched)


def test_a_search_resumes_and_repeats_to_the_bit_in_other_processes_too(tmp_path):
    spec, store = written(tmp_path, SLOPE), Store(tmp_path / "out")
    whole = session(tmp_path, spec, 3, executor="inline").run(store)
    assert {record.track for record in whole} == {"search 3"}
    lost = sorted((tmp_path / "out").glob("cells/*/*.jsonl"))[0]
    lost.unlink()
    done = []
    again = session(tmp_path, spec, 3, executor="inline").run(store, lambda finished: done.append(finished.cell))
    assert len(done) == 1
    assert lines(again) == lines(whole) == lines(session(tmp_path, spec, 3).run())
    kept = [json.loads(path.read_text()) for path in (tmp_path / "out").glob("trainings/*.json")]
    assert [log["search"] for log in kept] == [3, 3]
    assert all(len(json.loads(log["trials"])) == 3 for log in kept)


def test_the_number_of_trials_is_part_of_what_a_cell_is(tmp_path):
    spec, plain = written(tmp_path, SLOPE), write_submission(tmp_path, "plain")
    keys = [set(session(tmp_path, spec, trials).cells()) for trials in (0, 2, 3)]
    assert len(set.union(*keys)) == sum(map(len, keys))
    assert set(session(tmp_path, plain, 0).cells()) == set(session(tmp_path, plain, 3).cells())


def test_searched_rows_are_marked_and_never_packed_with_others(tmp_path):
    spec, store = written(tmp_path, SLOPE), Store(tmp_path / "out")
    both = [record for trials in (0, 2) for record in session(tmp_path, spec, trials, executor="inline").run(store)]
    table = render(both, metrics_by_name())
    assert "mine (search 2)" in table
    assert "--search 2`" in table
    with pytest.raises(NotComparable, match="one track of mine"):
        pack(tmp_path / "out", tmp_path / "packs")


def test_the_command_says_who_has_no_space(tmp_path, capsys):
    plain, spec = write_submission(tmp_path, "plain"), written(tmp_path, SLOPE)
    options = ["--suite", write_suite(tmp_path), "--task", "cap", "--capability", "reconstruction", "--seeds", "1"]
    options += ["--search", "2", "--no-reference", "--out", str(tmp_path / "out"), "--executor", "inline"]
    run_command.main([plain, spec, *options], standalone_mode=False)
    told = capsys.readouterr()
    assert "--search 2: without a SEARCH and run as they are: plain" in told.err
    assert "mine (search 2)" in told.out
