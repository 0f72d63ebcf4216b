"""Runs end to end on a tiny suite: records of everything, failures as records, resuming, workers."""

import json
import math

import numpy as np
import pytest
import torch

from aeeval.cells import Choice
from aeeval.errors import SubmissionError, UsageError
from aeeval.executors import EXECUTORS
from aeeval.metrics import all_metrics
from aeeval.metrics.base import Metric
from aeeval.protocol import CAPABILITIES
from aeeval.session import Session, data_session, limited, with_reference
from aeeval.store import Store
from aeeval.submissions.load import load, load_all
from aeeval.submissions.objects import from_object
from aeeval.suite import load_suite
from tests.tiny import write_submission, write_suite

QUALITY = CAPABILITIES[:-1]


def session(tmp_path, *specs, capabilities=("reconstruction",), **settings):
    suite = load_suite(write_suite(tmp_path))
    return Session(suite, tuple(load_all(specs)), Choice(capabilities), **settings)


def lines(records):
    """Records without what depends on where they were made."""
    return [json.loads(record.to_json()) | {"env": ""} for record in records]


@pytest.fixture(scope="module")
def everything(tmp_path_factory):
    tmp_path = tmp_path_factory.mktemp("everything")
    run = session(tmp_path, "mean", "identity", "pca", write_submission(tmp_path), capabilities=CAPABILITIES)
    return run.run(Store(tmp_path / "out")), tmp_path / "out"


def test_every_metric_leaves_a_record_for_every_submission_and_task(everything):
    records, _ = everything
    metrics = {metric.id for metric in all_metrics()}
    for name in ("mean", "identity", "pca", "mine"):
        assert {r.metric for r in records if r.submission == name and r.task == "cap"} == metrics
    assert {r.status for r in records} == {"ok", "skipped"}
    assert all(math.isfinite(r.value) for r in records if r.status == "ok")
    assert {r.capability for r in records} == set(CAPABILITIES)


def test_what_real_data_cannot_answer_is_skipped_with_the_reason(everything):
    records, _ = everything
    skipped = {r.metric: r.reason for r in records if r.task == "digits" and r.status == "skipped"}
    assert skipped["dimension_mismatch"] == "needs a known manifold"
    assert skipped["memorised_noise"] == "needs noise of known size"
    assert "fvu" not in skipped


def test_throughput_carries_its_quality(everything):
    records, _ = everything
    rates = [r for r in records if r.metric == "samples_per_s"]
    assert {r.axes["op"] for r in rates} == {"encode", "decode"}
    assert all(r.axes["dtype"] == "fp32" and r.axes["backend"] == "eager" for r in rates)
    quality = next(r for r in records if r.metric == "fvu_at_speed" and r.submission == "pca")
    plain = next(r for r in records if r.metric == "fvu" and r.submission == "pca" and r.task == "cap" and r.seed == 0)
    assert quality.value == plain.value


def test_files_of_a_run(everything):
    records, out = everything
    assert len(list(out.glob("cells/*/*.jsonl"))) == 4 * (2 * 2 + 1)
    env = json.loads(next(out.glob("env/*.json")).read_text())
    assert env["versions"]["torch"] == torch.__version__
    assert {r.env for r in records} == {next(out.glob("env/*.json")).stem}
    pictures = list(out.glob("pictures/*.npz"))
    assert len(pictures) == 4 * 2
    for path in pictures:
        assert path.stat().st_size <= 200_000
    with_layers = 0
    for path in pictures:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as held:
            assert {"x", "x_hat", "truth", "error"} <= set(held.files)
            with_layers += "encoder_layers" in held.files
    assert with_layers == 2  # of the network on both tasks, told by the process that it ran in
    weights = torch.load(next(out.glob("models/*.pt")), weights_only=True)
    assert "encoder.weight" in weights


def test_a_second_run_redoes_nothing_and_reads_the_same(everything, tmp_path, monkeypatch):
    records, out = everything
    folder = out.parent
    run = session(folder, "mean", "identity", "pca", str(folder / "mine.py"), capabilities=CAPABILITIES)
    monkeypatch.setattr(EXECUTORS, "get", lambda name: pytest.fail("a finished cell was run again"))
    assert lines(run.run(Store(out))) == lines(records)


def test_a_run_killed_halfway_goes_on_where_it_stopped(tmp_path):
    specs = ("mean", "pca")
    whole = session(tmp_path, *specs).run()

    class Killed(Exception):
        pass

    done = []

    def kill(outcome):
        done.append(outcome.cell)
        if len(done) == 3:
            raise Killed

    store = Store(tmp_path / "out")
    with pytest.raises(Killed):
        session(tmp_path, *specs).run(store, kill)
    again = []
    resumed = session(tmp_path, *specs).run(store, lambda outcome: again.append(outcome.cell))
    assert len(done) + len(again) == len(session(tmp_path, *specs).cells())
    assert not set(done) & set(again)
    assert lines(resumed) == lines(whole)


def test_two_workers_give_the_same_records_as_none(tmp_path):
    specs = ("pca", write_submission(tmp_path))
    alone = session(tmp_path, *specs).run()
    assert lines(session(tmp_path, *specs, jobs=2).run()) == lines(alone)


def test_order_and_company_change_no_number(tmp_path):
    mine = write_submission(tmp_path)
    alone = session(tmp_path, mine, capabilities=QUALITY).run()
    together = session(tmp_path, "identity", mine, "pca", capabilities=QUALITY).run()
    assert lines(r for r in together if r.submission == "mine") == lines(alone)


BAD = {
    "raises in build": (
        "\ndef build(*, shape, latent_dim, seed):\n    raise OSError('no weights')\n",
        "failed",
        "build raised OSError: no weights",
    ),
    "declines": (
        "\ndef build(*, shape, latent_dim, seed):\n    raise NotImplementedError('too small')\n",
        "skipped",
        "declined: too small",
    ),
    "takes images": (
        "ACCEPTS = 'image'\n\ndef build(*, shape, latent_dim, seed):\n    raise OSError\n",
        "skipped",
        "takes images",
    ),
    "no autoencoder": (
        "\ndef build(*, shape, latent_dim, seed):\n    return 3\n",
        "failed",
        "got int with none of these",
    ),
    "does not import": ("import nothing_of_that_name\n", "failed", "does not import"),
}


@pytest.mark.parametrize("case", BAD)
def test_a_bad_submission_is_a_record_and_the_others_finish(tmp_path, case):
    text, status, reason = BAD[case]
    records = session(tmp_path, "pca", write_submission(tmp_path, text=text)).run()
    bad = [r for r in records if r.submission == "mine" and r.task == "cap"]
    assert {r.status for r in bad} == {status}
    assert all(reason in r.reason for r in bad)
    assert {r.status for r in records if r.submission == "pca" and r.metric == "fvu"} == {"ok"}


METHODS = {
    "wrong code length": ("    def encode(self, x):\n        return x.flatten(1)", "task gives k=2, code has length 6"),
    "nan": (
        "    def decode(self, z):\n        return torch.full((len(z), *self.shape_), torch.nan) + 0 * z.sum()",
        "finite",
    ),
    "wrong shape": ("    def decode(self, z):\n        return z", "expected"),
    "hangs": (
        "    def fit(self, train, val):\n        import time\n        time.sleep(60)",
        "longer than the budget of 0.2 s",
    ),
}


@pytest.mark.parametrize("case", METHODS)
def test_a_model_that_breaks_the_contract_fails_with_the_reason(tmp_path, case):
    extra, reason = METHODS[case]
    text = (tmp_path / "tiny.toml", write_suite(tmp_path))[1]
    if case == "hangs":
        from tests.tiny import SUITE

        text = write_suite(tmp_path, SUITE.replace("wall_s = 20", "wall_s = 0.2"))
    suite = load_suite(text)
    submissions = tuple(load_all([write_submission(tmp_path, extra=extra), "mean"]))
    records = Session(suite, submissions, Choice(("reconstruction",), ("cap",), 1)).run()
    mine = [r for r in records if r.submission == "mine"]
    assert {r.status for r in mine} == {"timeout" if case == "hangs" else "failed"}
    assert all(reason in r.reason for r in mine)
    assert next(r for r in records if r.submission == "mean" and r.metric == "fvu").status == "ok"


def test_a_fault_in_a_metric_is_seen_and_stops_no_other(tmp_path, monkeypatch):
    def broken(evidence):
        raise ZeroDivisionError("by design")

    def infinite(evidence):
        return math.inf

    facts = {"capability": "reconstruction", "unit": "1", "better": "lower", "ideal": 0.0, "range": ""}
    bad = [Metric(id=f.__name__, measure=f, **facts) for f in (broken, infinite)]
    good = [metric for metric in all_metrics() if metric.id == "fvu"]
    monkeypatch.setattr("aeeval.cells.all_metrics", lambda: (*bad, *good))
    records = session(tmp_path, "pca", executor="inline").run()
    assert {(r.metric, r.status) for r in records} == {("broken", "failed"), ("infinite", "failed"), ("fvu", "ok")}
    assert "ZeroDivisionError: by design" in next(r.reason for r in records if r.metric == "broken")


def test_a_model_that_fails_far_from_its_codes_still_has_its_records(tmp_path):
    """The mesh of a picture leaves the range of the codes, where this decoder answers NaN."""
    extra = (
        "    def decode(self, z):\n"
        "        far = z.detach().abs().amax(dim=1) > 1.1\n"
        "        rows = self.decoder(z).reshape(-1, *self.shape_)\n"
        "        return torch.where(far[:, None], torch.nan, rows) if rows.ndim == 2 else rows\n\n"
        "    def encode(self, x):\n"
        "        return torch.tanh(50 * self.encoder(x.flatten(1)))\n"
    )
    suite = load_suite(write_suite(tmp_path))
    run = Session(suite, (load(write_submission(tmp_path, extra=extra)),), Choice(("reconstruction",), ("cap",), 1))
    store = Store(tmp_path / "out")
    assert {r.status for r in run.run(store) if r.metric == "fvu"} == {"ok"}
    (path,) = (tmp_path / "out").glob("pictures/*")
    with path.open("rb") as file, np.load(file) as picture:
        assert "x_hat" in picture.files
        assert "mesh" not in picture.files


def test_submissions_that_choose_their_code_length_have_a_track_of_their_own(tmp_path):
    text = (
        "CHOOSES_LATENT_DIM = True\nimport sklearn.decomposition as d\n\n"
        "def build(*, shape, latent_dim, seed):\n    return d.PCA(latent_dim or 4)\n"
    )
    records = session(tmp_path, write_submission(tmp_path, text=text)).run()
    cap = {(r.track, r.latent_dim) for r in records if r.task == "cap"}
    assert cap == {("recipe", 2), ("own-k", 4)}


def test_a_limited_run_goes_by_another_name(tmp_path):
    suite = load_suite(write_suite(tmp_path))
    small = limited(suite, 30)
    assert (small.name, small.digest == suite.digest) == ("tiny-limit30", False)
    assert small.tasks[0].data.rows.train == 30
    with pytest.raises(UsageError, match="at least 10"):
        limited(suite, 3)


def test_reference_rows_are_added_once(tmp_path):
    suite = load_suite(write_suite(tmp_path))
    assert [s.name for s in with_reference(suite, load_all(["pca"]))] == ["pca", "mean"]


def data(n=80, dim=5, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(n, 2, generator=generator) @ torch.randn(2, dim, generator=torch.Generator().manual_seed(9))


def test_a_trained_model_runs_on_its_data_at_its_own_code_length():
    from sklearn.decomposition import PCA

    train, test = data(), data(seed=1)
    model = from_object(PCA(2).fit(train.numpy()), own_data=True)
    run = data_session([model], (train, test), Choice(("reconstruction", "overfitting"), None, 1))
    records = run.run()
    fvu = {r.submission: r for r in records if r.metric == "fvu"}
    assert set(fvu) == {"PCA", "mean", "pca"}
    assert fvu["PCA"].latent_dim == 2
    assert fvu["PCA"].track == "frozen"
    assert fvu["PCA"].value == pytest.approx(0, abs=1e-10)


def test_without_its_training_rows_a_trained_models_overfitting_is_skipped(tmp_path):
    import numpy as np
    from sklearn.decomposition import PCA

    np.save(tmp_path / "rows.npy", data().numpy())
    model = from_object(PCA(2).fit(data().numpy()), own_data=True)
    choice = Choice(("overfitting",), None, 1)
    records = data_session([model], str(tmp_path / "rows.npy"), choice).run()
    by_name = {(r.submission, r.metric): r for r in records}
    assert by_name["PCA", "gap"].reason == "a trained model without its training rows"
    assert by_name["pca", "gap"].status == "ok"


def test_own_data_needs_a_code_length_from_somewhere():
    with pytest.raises(UsageError, match="--latent-dim"):
        data_session([load("pca")], (data(), data(seed=1)), Choice())
    with pytest.raises(UsageError, match="\\(train, test\\) or \\(train, val, test\\)"):
        data_session([load("pca")], 3, Choice(), latent_dims=[2])
    misfit = from_object(torch.nn.ModuleDict({}), own_data=True)
    with pytest.raises(Exception, match="encode"):
        data_session([misfit], (data(), data(seed=1)), Choice())


def test_a_picture_that_is_lost_after_all_numbers_is_told(tmp_path, monkeypatch):
    def die(evidence):
        raise SubmissionError("its process was killed")

    monkeypatch.setattr("aeeval.runner.picture", die)
    with pytest.warns(UserWarning, match="pca on .*: no picture, its process was killed"):
        records = session(tmp_path, "pca", executor="inline").run(Store(tmp_path / "out"))
    assert not any(record.lost for record in records)
    assert not list((tmp_path / "out" / "pictures").glob("*"))
