"""Every check passes for a sound model and tells a model that breaks just this; also as tests of a user's own model."""

import os
import re
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import numpy as np
import pytest
import torch
from sklearn.decomposition import PCA
from torch import nn

from aeeval.errors import UsageError
from aeeval.submissions.checks import CHECKS, CheckWarning, examine, make_subject, parametrize
from aeeval.submissions.checks import subject as subject_module
from tests.tiny import write_submission

NAMES = [check.name for check in CHECKS]


class Sound(nn.Module):
    """A small network that keeps the whole contract, with everything that may be brought along."""

    def __init__(self, shape, latent_dim, seed):
        super().__init__()
        drawn = torch.Generator().manual_seed(seed)
        self.shape, self.latent_dim = shape, latent_dim
        self.weight = nn.Parameter(torch.randn(latent_dim, torch.Size(shape).numel(), generator=drawn) / 4)

    def encode(self, x):
        return torch.tanh(x.flatten(1) @ self.weight.T)

    def decode(self, z):
        return (z @ self.weight).reshape(-1, *self.shape)

    def reconstruct(self, x):
        return self.decode(self.encode(x))

    def loss(self, x):
        return (self.reconstruct(x) - x).square().mean()

    def sample(self, n, generator):
        return self.decode(torch.randn(n, self.latent_dim, generator=generator).to(self.weight))


def sound(*, shape, latent_dim, seed):
    return Sound(shape, latent_dim, seed)


def variant(**methods):
    """A build function of `Sound` with other methods."""
    kind = type("Variant", (Sound,), methods)

    def build(*, shape, latent_dim, seed):
        return kind(shape, latent_dim, seed)

    return build


def found(build, **options):
    return {finding.check: finding for finding in examine(build, **options)}


@pytest.mark.parametrize("shape", [(20,), (1, 8, 8)], ids=str)
def test_a_sound_model_passes_every_check(shape):
    assert {finding.check: finding.status for finding in examine(sound, shape=shape)} == dict.fromkeys(
        ["builds", *NAMES], "pass"
    )


def with_self(change):
    """decode after a change of the model itself."""

    def decode(self, z):
        change(self)
        return Sound.decode(self, z)

    return decode


def remembers(self, x):
    """Answers that drift with every question, slowly enough for two in a row to agree."""
    self.asked = getattr(self, "asked", 0) + 1
    return Sound.encode(self, x) + 0.3 * (self.asked > 4)


def counts(self):
    self.weight.data[0, 0] += 1e-9 + self.weight.data[0, 0].abs()


def doubles(self, x):
    return Sound.encode(self, x.mul_(1.0 + 1e-3))


def reads_the_neighbour(self, x):
    return Sound.encode(self, x) + 0.1 * Sound.encode(self, x).roll(1, 0)


def depends_on_the_order(self, x):
    return Sound.encode(self, x) * (1 + 0.1 * x.flatten(1)[:, 0].argmax())


def linear(self, x):
    return x.flatten(1) @ self.weight.T


def straight_through(self, z):
    z = z + (torch.round(8 * z) / 8 - z).detach()
    return torch.sign(Sound.decode(self, z)) + 0 * Sound.decode(self, z)


def noisy(self, x):
    return Sound.encode(self, x) + torch.randn(len(x), self.latent_dim)


def unseeded(*, shape, latent_dim, seed):
    return Sound(shape, latent_dim, int(np.random.default_rng().integers(2**60)))


# check -> (a model that breaks it, the status, what is told)
BAD = {
    "rows": (variant(encode=lambda self, x: Sound.encode(self, x)[:1]), "fail", "expected 16 rows from encode"),
    "code_length": (sound, "warn", r"a code shorter than a row \(20 numbers\); got 20"),
    "dtype": (variant(decode=lambda self, z: Sound.decode(self, z).half()), "warn", r"float16; return it with .float"),
    "device": (variant(decode=lambda self, z: Sound.decode(self, z).to("meta")), "fail", "meta from decode; move the"),
    "eval_mode": (variant(train=lambda self, mode=True: self), "fail", "training mode in Variant"),
    "determinism": (variant(encode=noisy), "fail", "when encode is asked twice.*return the mean of the posterior"),
    "batch_independence": (variant(encode=reads_the_neighbour), "fail", "in batches of 1 and of 16.*running stat"),
    "order_independence": (variant(encode=depends_on_the_order), "fail", "encode in shuffled order"),
    "no_memory": (variant(encode=remembers), "fail", "after other questions.*keep nothing between calls"),
    "reconstruct": (variant(reconstruct=lambda self, x: x), "fail", r"reconstruct\(x\) and from decode.*quantiser"),
    "gradient": (variant(encode=linear, decode=straight_through), "warn", "straight-through"),
    "inputs_unchanged": (variant(encode=doubles), "fail", "encode to leave its argument"),
    "weights_unchanged": (variant(decode=with_self(counts)), "fail", "others in 0.weight"),
    "signatures": (variant(sample=lambda self, count, device: None), "warn", "sample is not used: expected"),
    "training": (variant(parameters=lambda self, recurse=True: iter(())), "fail", "trainable parameters"),
    "loss": (variant(loss=lambda self, x: (self.reconstruct(x) - x).square()), "fail", r"a scalar .* \(16, 20\)"),
    "build_seed": (unseeded, "fail", "the same weights for the same seed; got others in 0.weight"),
    "sample_shape": (variant(sample=lambda self, n, generator: torch.zeros(n, 3)), "fail", r"rows of shape \(20,\)"),
    "sample_seed": (variant(sample=lambda self, n, generator: torch.randn(n, *self.shape)), "fail", "equal generators"),
}


OPTIONS = {"code_length": {"latent_dim": 20}}


def test_there_is_a_bad_model_for_every_check():
    assert sorted(BAD) == sorted(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_what_breaks_a_check_is_told_by_it(name):
    build, status, text = BAD[name]
    (check,) = [check for check in CHECKS if check.name == name]
    finding = check(make_subject(build, **OPTIONS.get(name, {})))
    assert finding.status == status, finding
    assert re.search(text, finding.text), finding


def test_a_slow_model_is_asked_less_and_told_the_same(monkeypatch):
    monkeypatch.setattr(subject_module, "SLOW_S", -1.0)  # every model is slow
    bad = {name: (build, status) for name, (build, status, _) in BAD.items() if name not in OPTIONS}
    slow = {name: {one.check: one for one in examine(build, shape=(2000,))} for name, (build, _) in bad.items()}
    assert {name: slow[name][name].status for name in bad} == {name: status for name, (_, status) in bad.items()}
    assert {one.status for one in examine(sound)} == {"pass"}


def test_a_slow_model_is_asked_few_rows(monkeypatch):
    rows = []

    def counted(self, x):
        rows.append(len(x))
        return Sound.encode(self, x)

    monkeypatch.setattr(subject_module, "SLOW_S", -1.0)
    list(examine(variant(encode=counted)))
    assert sum(rows) <= 32  # of .26 s each for an AutoencoderKL


def test_dropout_and_batch_statistics_are_off_wherever_the_modules_hang():
    class Holder:
        def __init__(self, net):
            self.net = net

        def encode(self, x):
            return self.net(x)

        def decode(self, z):
            return z @ torch.ones(3, 5)

    net = nn.Sequential(nn.Linear(5, 3), nn.BatchNorm1d(3), nn.Dropout(0.5))
    holder = Holder(net)
    for model in (holder, (holder.encode, holder.decode), (net, nn.Linear(3, 5))):
        net.train()
        statuses = {finding.check: finding.status for finding in examine(model, shape=(5,))}
        assert "fail" not in statuses.values(), statuses


@pytest.mark.parametrize(
    "switch", [nn.Dropout(0.5).train(), nn.BatchNorm1d(3, track_running_stats=False)], ids=["dropout", "batch norm"]
)
def test_noise_and_batch_statistics_that_eval_does_not_reach_are_told(switch):
    hidden = [switch]  # in a list, where neither eval() nor we can see it

    def encode(x):
        return hidden[0](x[:, :3])

    told = {
        finding.check
        for finding in examine((encode, lambda z: z @ torch.ones(3, 5)), shape=(5,))
        if finding.status == "fail"
    }
    assert told & {"determinism", "batch_independence", "rows"}


def test_a_forward_that_draws_is_meant_and_one_that_takes_another_way_is_not():
    sampling = variant(reconstruct=None, forward=lambda self, x: x + torch.randn_like(x))
    assert found(sampling)["reconstruct"].status == "warn"
    other = variant(reconstruct=None, forward=lambda self, x: (x, "anything"))
    assert found(other)["reconstruct"].status == "fail"
    wants_more = variant(reconstruct=None, forward=lambda self, x, labels: x)
    assert found(wants_more)["reconstruct"].status == "skip"


def test_what_does_not_build_is_told_once():
    def broken(*, shape, latent_dim, seed):
        raise OSError("no weights here")

    (finding,) = examine(broken)
    assert (finding.check, finding.status) == ("builds", "fail")
    assert "build raised OSError: no weights here" in finding.text

    def declines(*, shape, latent_dim, seed):
        raise NotImplementedError("only even codes")

    (finding,) = examine(declines)
    assert (finding.status, finding.text) == ("skip", "declined: only even codes")


def test_rows_that_do_not_go_round_end_the_examination():
    names = [finding.check for finding in examine(variant(decode=lambda self, z: z))]
    assert names == ["builds", "rows"]


def test_a_fit_that_takes_long_is_cut_and_said():
    def slow(self, train, val):
        time.sleep(30)

    finding = found(variant(fit=slow), fit_seconds=0.05)["training"]
    assert finding.status == "warn"
    assert "cut short after 0.05 s" in finding.text


def test_fit_gets_neither_the_rows_that_are_asked_nor_their_shape_wrong(tmp_path):
    seen = []

    def fit(self, train, val):
        seen.extend([train, val])

    train, test = (np.random.default_rng(seed).normal(size=(40, 2, 3, 1)) for seed in (0, 1))
    np.savez(tmp_path / "rows.npz", train=train, test=test)
    subject = make_subject(variant(fit=fit), data=tmp_path / "rows.npz")
    assert [rows.shape[1:] for rows in seen] == [(2, 3, 1)] * 2
    given = torch.cat(seen).flatten(1).double()
    assert torch.cdist(given, subject.x).min() > 0


@pytest.mark.parametrize("track", ["recipe", "frozen"])
def test_scikit_learn_as_it_is(track):
    estimator = PCA(2)
    if track == "frozen":
        estimator.fit(np.random.default_rng(0).normal(size=(30, 6)))
    statuses = {finding.check: finding.status for finding in examine(estimator, shape=(6,))}
    assert set(statuses.values()) == {"pass", "skip"}
    assert (statuses["training"] == "skip") == (track == "frozen")


def test_a_trained_model_needs_its_shape():
    with pytest.raises(UsageError, match=r"shape of a row.*--data FILE, or --shape"):
        make_subject(Sound((4,), 2, 0))
    assert found(Sound((4,), 2, 0), shape=(4,))["code_length"].text == "2 numbers for rows of 4"


def test_the_checks_are_tests_of_a_users_own_model(pytester_folder):
    folder, run = pytester_folder
    write_submission(folder, "good")
    write_submission(folder, "bad", extra="\n    def reconstruct(self, x):\n        return x\n")
    outcome = run("""
        from aeeval.submissions.checks import parametrize

        @parametrize("good.py", shape=(8,), latent_dim=2)
        def test_good(check):
            check()

        @parametrize("bad.py", shape=(8,), latent_dim=2)
        def test_bad(check):
            check()
        """)
    assert re.search(rf"1 failed, {2 * len(NAMES) - 8} passed, 7 skipped", outcome), outcome
    assert "FAILED test_mine.py::test_bad[reconstruct]" in outcome
    assert "quantiser" in outcome


def test_a_warning_is_a_warning_in_a_test():
    _, cases = parametrize(BAD["dtype"][0]).mark.args
    (run,) = [case.values[0] for case in cases if case.id == "dtype"]
    with pytest.warns(CheckWarning, match="float16"):
        run()


@pytest.mark.gpu
def test_on_a_gpu_sound_models_pass_and_answers_from_elsewhere_do_not():
    def exported():
        net = nn.Sequential(nn.Linear(20, 3), nn.Linear(3, 20))
        dims = ({0: torch.export.Dim("n")},)
        programs = (torch.export.export(part, (torch.zeros(2, part.in_features),), dynamic_shapes=dims) for part in net)
        return tuple(program.module() for program in programs)

    for model in (sound, (nn.Linear(20, 3), nn.Linear(3, 20)), exported()):
        statuses = {finding.check: finding.status for finding in examine(model, shape=(20,), device="cuda")}
        assert set(statuses.values()) <= {"pass", "skip"}, statuses
    stays = variant(decode=lambda self, z: Sound.decode(self, z).cpu())
    finding = found(stays, device="cuda")["device"]
    assert finding.status == "fail"
    assert "got cpu from decode" in finding.text


@pytest.fixture
def pytester_folder(tmp_path, monkeypatch):
    """A folder, and a way to run the text of a test file in it: -> what pytest printed."""
    root = Path(__file__).parents[2]

    def run(text):
        (tmp_path / "test_mine.py").write_text(textwrap.dedent(text))
        command = [sys.executable, "-m", "pytest", "-rf", "-p", "no:cacheprovider", "test_mine.py"]
        environment = {**os.environ, "PYTHONPATH": str(root)}
        return subprocess.run(
            command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
        ).stdout

    return tmp_path, run
