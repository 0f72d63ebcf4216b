"""From what a user writes to a submission: names, paths, NAME=spec, trained artefacts, and what goes wrong."""

import pytest
import torch
from torch import nn

from aeeval.errors import SubmissionError, UsageError
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
