"""From what a user writes to a submission: names, paths, NAME=spec, trained artefacts, and what goes wrong."""

import importlib
import shutil
import sys

import pytest
import torch
from torch import nn

from aeeval.errors import SubmissionError, UsageError
from aeeval.submissions.build import build_model
from aeeval.submissions.checks import examine
from aeeval.submissions.libraries import required
from aeeval.submissions.load import load, load_all
from aeeval.submissions.objects import from_object
from tests.tiny import write_submission

BUILD = "def build(*, shape, latent_dim, seed):\n    return None\n"


class Autoencoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = nn.Sequential(nn.Linear(5, 8), nn.ReLU(), nn.Linear(8, 2))
        self.decoder = nn.Linear(2, 5)

    def forward(self, x):
        return self.decoder(self.encoder(x))


def build(submission):
    return submission.build(shape=(5,), latent_dim=2, seed=0)


def test_baselines_by_name_and_files_by_path(tmp_path):
    assert load("pca").name == "pca"
    assert load("mean").is_reference
    assert load(write_submission(tmp_path)).name == "mine"
    assert load(f"other={write_submission(tmp_path)}").name == "other"


def test_a_file_beside_a_submission_is_not_mistaken_for_another_of_that_name(tmp_path, monkeypatch):
    """`mlp.py` of the baselines, and a user's own `mlp.py` that the process has imported before, and keeps."""
    mine, beside = tmp_path / "mine" / "mlp.py", tmp_path / "theirs" / "mlp.py"
    for file, answer in ((mine, 1), (beside, 2)):
        file.parent.mkdir()
        file.write_text(f"answer = {answer}\n")
    monkeypatch.syspath_prepend(mine.parent)
    kept = importlib.import_module("mlp")
    theirs = beside.with_name("theirs.py")
    theirs.write_text("from mlp import answer\n" + BUILD.replace("None", "answer"))
    first, again = load(str(theirs)), load(str(theirs))
    assert build(first) == 2
    assert sys.modules["mlp"] is kept
    assert first.sha256 == again.sha256
    beside.write_text("answer = 3\n")
    assert load(str(theirs)).sha256 != first.sha256
    del sys.modules["mlp"]


def test_unknown_names_come_with_near_ones():
    with pytest.raises(UsageError, match=r"did you mean pca"):
        load("pcaa")
    with pytest.raises(UsageError, match=r"which does not exist"):
        load("no/such/file.py")


def test_a_clash_of_names_shows_the_form_that_mends_it(tmp_path):
    with pytest.raises(UsageError, match=r"one submission a name.*mine2="):
        load_all([write_submission(tmp_path), f"mine={write_submission(tmp_path, 'twin')}"])


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("import no_such_module", "does not import: ModuleNotFoundError"),
        ("x = (", "does not import: SyntaxError"),
        ("x = 1", "nothing callable of that name"),
        ("def build(shape): ...", "take these three by name"),
        ("ACCEPTS = 'sound'\n" + BUILD, "ACCEPTS"),
    ],
)
def test_a_broken_file_becomes_a_submission_whose_cells_fail(tmp_path, text, reason):
    submission = load(write_submission(tmp_path, text=text))
    with pytest.raises(SubmissionError, match=reason):
        build(submission)


def test_constants_of_a_file_are_read(tmp_path):
    text = "ACCEPTS = 'image'\nCHOOSES_LATENT_DIM = True\n" + BUILD
    submission = load(write_submission(tmp_path, text=text))
    assert submission.misfit((5,)) == "takes images"
    assert submission.misfit((1, 8, 8)) is None
    assert submission.chooses_latent_dim


def test_the_digest_covers_modules_that_the_file_imports(tmp_path):
    (tmp_path / "helper.py").write_text("FACTOR = 1\n")
    text = "import helper\nimport torch\n" + BUILD
    first = load(write_submission(tmp_path, text=text)).sha256
    assert load(write_submission(tmp_path, text=text)).sha256 == first
    (tmp_path / "helper.py").write_text("FACTOR = 2\n")
    assert load(write_submission(tmp_path, text=text)).sha256 != first


def test_two_submissions_may_each_have_their_own_helper(tmp_path):
    for name, value in (("a", 1), ("b", 2)):
        folder = tmp_path / name
        folder.mkdir()
        (folder / "helper.py").write_text(f"VALUE = {value}\n")
        text = "import helper\n\ndef build(*, shape, latent_dim, seed):\n    return helper.VALUE\n"
        write_submission(folder, name, text=text)
    first, second = load_all([str(tmp_path / "a" / "a.py"), str(tmp_path / "b" / "b.py")])
    assert (build(first), build(second)) == (1, 2)


def test_an_exported_program_is_a_trained_model(tmp_path):
    model = Autoencoder().eval()
    rows = {"x": {0: torch.export.Dim("n")}}
    torch.export.save(torch.export.export(model, (torch.zeros(3, 5),), dynamic_shapes=rows), tmp_path / "model.pt2")
    submission = load(f"faces={tmp_path / 'model.pt2'}")
    assert (submission.name, submission.track) == ("faces", "frozen")
    x = torch.randn(7, 5, generator=torch.Generator().manual_seed(0))
    loaded = build(submission)
    torch.testing.assert_close(loaded.decoder(loaded.encoder(x)), model(x))


def test_an_exported_program_without_the_two_children_says_how_to_export(tmp_path):
    program = torch.export.export(nn.Linear(5, 5), (torch.zeros(3, 5),))
    torch.export.save(program, tmp_path / "model.pt2")
    with pytest.raises(SubmissionError, match=r"children encoder and decoder.*torch.export.save"):
        build(load(str(tmp_path / "model.pt2")))
    (tmp_path / "broken.pt2").write_bytes(b"nothing")
    with pytest.raises(SubmissionError, match=r"a .pt2 written by torch.export.save"):
        build(load(str(tmp_path / "broken.pt2")))


FACTORY = """
from torch import nn


class Autoencoder(nn.Module):
    def __init__(self, size):
        super().__init__()
        self.encoder = nn.Sequential(nn.Linear(size, 8), nn.ReLU(), nn.Linear(8, 2))
        self.decoder = nn.Linear(2, size)


def factory():
    return Autoencoder(5)
"""


def write_factory(folder):
    """A file whose `factory()` makes the same network as `Autoencoder` here."""
    path = folder / "network.py"
    path.write_text(FACTORY)
    return path


@pytest.fixture
def pair(tmp_path):
    """A trained model, and a way to its halves on disk: write(half, path)."""
    return Autoencoder().eval(), torch.randn(7, 5, generator=torch.Generator().manual_seed(0))


def round_trip(spec, x):
    return build_model(load(spec), (5,), None, 0, "cpu").reconstruct(x.double()).float()


@pytest.mark.parametrize("named", [True, False], ids=["two files", "folder"])
def test_two_exported_programs_are_a_trained_model(tmp_path, pair, named):
    model, x = pair
    for half, size, name in ((model.encoder, 5, "encoder.pt2"), (model.decoder, 2, "decoder.pt2")):
        program = torch.export.export(half, (torch.zeros(3, size),), dynamic_shapes=({0: torch.export.Dim("n")},))
        torch.export.save(program, tmp_path / name)
    spec = f"faces={tmp_path / 'encoder.pt2'},{tmp_path / 'decoder.pt2'}" if named else f"faces={tmp_path}"
    assert (load(spec).name, load(spec).track) == ("faces", "frozen")
    torch.testing.assert_close(round_trip(spec, x), model(x).detach())
    assert "fail" not in {finding.status for finding in examine(spec, shape=(5,))}


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # torch.jit is old, and files of it are around
def test_torchscript_whole_in_halves_or_in_a_folder(tmp_path, pair):
    model, x = pair
    torch.jit.script(model).save(tmp_path / "whole.pt")
    for name in ("encoder", "decoder"):
        torch.jit.script(getattr(model, name)).save(tmp_path / f"{name}.ts")
    halves = f"{tmp_path / 'encoder.ts'},{tmp_path / 'decoder.ts'}"
    for spec in (str(tmp_path / "whole.pt"), halves, str(tmp_path)):
        torch.testing.assert_close(round_trip(spec, x), model(x).detach())
        assert "fail" not in {finding.status for finding in examine(spec, shape=(5,))}


@pytest.mark.parametrize("wrapped", [False, True], ids=["plain", "under state_dict"])
@pytest.mark.parametrize("ending", [".pt", ".pth"])
def test_a_state_dict_and_its_factory_are_a_trained_model(tmp_path, pair, wrapped, ending):
    model, x = pair
    state = model.state_dict()
    torch.save({"state_dict": state, "epoch": 3} if wrapped else state, tmp_path / f"model{ending}")
    spec = f"faces={tmp_path / f'model{ending}'},{write_factory(tmp_path)}:factory"
    torch.testing.assert_close(round_trip(spec, x), model(x).detach())


def test_the_digest_of_weights_covers_their_code(tmp_path, pair):
    torch.save(pair[0].state_dict(), tmp_path / "model.pth")
    spec = f"{tmp_path / 'model.pth'},{write_factory(tmp_path)}"
    before = load(spec).sha256
    assert load(spec).sha256 == before
    (tmp_path / "network.py").write_text(FACTORY + "# another\n")
    assert load(spec).sha256 != before


def test_the_digest_of_a_folder_covers_bytes_and_names(tmp_path):
    def digest(**files):
        folder = tmp_path / "folder"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        for name, text in files.items():
            (folder / name).write_text(text)
        return load(str(folder)).sha256

    digests = [digest(encoder="a", decoder="b"), digest(encoder="a", decoder="c"), digest(encoder="b", decoder="a")]
    assert len({*digests, digest(encoder="a", other="b")}) == 4
    assert digest(decoder="b", encoder="a") == digests[0]


@pytest.mark.parametrize(
    ("attribute", "told"),
    [
        ("", r"a function or class factory in .*got Other"),
        (":Other", r"Other\(\) without arguments.*got Other\(size\)"),
    ],
)
def test_a_factory_that_is_none_is_told_with_what_there_is(tmp_path, pair, attribute, told):
    torch.save(pair[0].state_dict(), tmp_path / "model.pth")
    (tmp_path / "other.py").write_text("def Other(size):\n    return None\n")
    with pytest.raises(SubmissionError, match=told):
        build(load(f"{tmp_path / 'model.pth'},{tmp_path / 'other.py'}{attribute}"))


def test_weights_alone_say_that_they_need_their_code(tmp_path, pair):
    torch.save(pair[0].state_dict(), tmp_path / "model.pt")
    with pytest.raises(SubmissionError, match=r"a TorchScript file.*NAME=model.pt,my_model.py:factory"):
        build(load(str(tmp_path / "model.pt")))
    (tmp_path / "model.pth").write_bytes(b"")
    with pytest.raises(UsageError, match=r"NAME=model.pth,my_model.py:factory"):
        load(str(tmp_path / "model.pth"))


def test_a_recipe_may_be_named_in_its_file(tmp_path):
    text = BUILD.replace("build", "small") + BUILD.replace("None", "1")
    path = write_submission(tmp_path, text=text)
    assert build(load(f"{path}:small")) is None
    assert build(load(path)) == 1


def test_a_library_that_is_not_there_says_how_to_get_it():
    with pytest.raises(UsageError, match=r'expected nothing to be installed.*pip install "aeeval\[submissions\]"'):
        required("no_such_library", "nothing")


def test_folders_and_endings_that_nobody_reads_say_what_is_read(tmp_path):
    with pytest.raises(SubmissionError, match=r"a folder with one of: encoder.pt2 \+ decoder.pt2.*got nothing"):
        build(load(str(tmp_path)))
    (tmp_path / "model.h5").write_bytes(b"")
    with pytest.raises(UsageError, match=r"\.pt2 or .*folder; got .h5"):
        load(str(tmp_path / "model.h5"))


def test_python_objects():
    from sklearn.decomposition import PCA

    assert from_object(PCA()).track == "recipe"
    estimator = from_object(PCA()).build(shape=(5,), latent_dim=3, seed=0)
    assert estimator.n_components == 3
    with pytest.raises(UsageError, match=r"built already.*give its class, or its data"):
        from_object(Autoencoder())
    frozen = from_object(Autoencoder(), own_data=True)
    assert frozen.track == "frozen"
    assert frozen.sha256
    fitted = PCA(2).fit(torch.randn(20, 5, generator=torch.Generator().manual_seed(1)).numpy())
    assert from_object(fitted, own_data=True).track == "frozen"


def test_a_class_with_the_wrong_form_is_refused():
    with pytest.raises(UsageError, match=r"take these three by name"):
        from_object(Autoencoder)
