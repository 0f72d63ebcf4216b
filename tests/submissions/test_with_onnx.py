"""ONNX files run by onnxruntime: pairs, folders, fixed batches, posteriors and half precision, against closed forms."""

import numpy as np
import pytest
import torch
from torch import nn

from aeeval.errors import SubmissionError, UsageError
from aeeval.submissions.build import build_model
from aeeval.submissions.checks import examine
from aeeval.submissions.load import load
from tests.extras import extra

onnx = extra("onnx")
extra("onnxruntime")

MATRIX = np.random.default_rng(0).normal(size=(6, 2)).astype(np.float32)


def write_product(path, matrix, *, batch="n", output="out", kind=np.float32, inputs=1):
    """A file that multiplies its rows by a matrix."""
    path.parent.mkdir(parents=True, exist_ok=True)
    element = onnx.helper.np_dtype_to_tensor_dtype(np.dtype(kind))
    value = onnx.helper.make_tensor_value_info
    graph = onnx.helper.make_graph(
        [onnx.helper.make_node("MatMul", ["x0", "matrix"], [output])],
        "product",
        [value(f"x{number}", element, [batch, matrix.shape[0]]) for number in range(inputs)],
        [value(output, element, [batch, matrix.shape[1]])],
        [onnx.numpy_helper.from_array(matrix.astype(kind), "matrix")],
    )
    model = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 17)], ir_version=8)
    onnx.save(model, path)
    return path


def judged(spec):
    model = build_model(load(str(spec)), (6,), None, 0, "cpu")
    model.eval()
    return model


def rows(n=5):
    return torch.randn(n, 6, generator=torch.Generator().manual_seed(1), dtype=torch.float64)


def expected(x, matrix=MATRIX):
    return x.float() @ torch.from_numpy(matrix)


@pytest.mark.parametrize(
    "names",
    [("f.onnx", "g.onnx"), ("encoder.onnx", "decoder.onnx"), ("vae_encoder/model.onnx", "vae_decoder/model.onnx")],
)
def test_a_pair_or_its_folder_is_a_trained_model(tmp_path, names):
    encoder, decoder = (tmp_path / "pair" / name for name in names)
    write_product(encoder, MATRIX)
    write_product(decoder, MATRIX.T)
    spec = f"mine={encoder},{decoder}" if names[0] == "f.onnx" else f"mine={tmp_path / 'pair'}"
    submission = load(spec)
    assert (submission.name, submission.track) == ("mine", "frozen")
    model, x = judged(spec), rows()
    torch.testing.assert_close(model.encode(x).float(), expected(x))
    torch.testing.assert_close(model.reconstruct(x).float(), expected(x) @ torch.from_numpy(MATRIX.T))
    assert {finding.status for finding in examine(spec, shape=(6,))} == {"pass", "skip"}


@pytest.mark.parametrize("n", [1, 4, 5])
def test_a_file_for_a_fixed_number_of_rows_is_asked_in_full_batches(tmp_path, n):
    spec = (
        f"{write_product(tmp_path / 'f.onnx', MATRIX, batch=4)},{write_product(tmp_path / 'g.onnx', MATRIX.T, batch=4)}"
    )
    torch.testing.assert_close(judged(spec).encode(rows(n)).float(), expected(rows(n)))


def test_of_a_posterior_the_mean_is_the_code(tmp_path):
    """Means and log variances lie one after the other along the channels."""
    both = np.concatenate([MATRIX, np.full((6, 2), 9, np.float32)], axis=1)
    encoder = write_product(tmp_path / "f.onnx", both, output="latent_parameters")
    model = judged(f"{encoder},{write_product(tmp_path / 'g.onnx', MATRIX.T)}")
    torch.testing.assert_close(model.encode(rows()).float(), expected(rows()))


def test_rows_are_given_in_the_precision_of_the_file(tmp_path):
    pair = [
        write_product(tmp_path / name, m, kind=np.float16) for name, m in (("f.onnx", MATRIX), ("g.onnx", MATRIX.T))
    ]
    model = judged(",".join(map(str, pair)))
    torch.testing.assert_close(model.encode(rows()).float(), expected(rows()), rtol=1e-2, atol=1e-2)


@pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::DeprecationWarning", "ignore::UserWarning")
def test_what_torch_exports_answers_like_torch(tmp_path):
    extra("onnxscript")
    encoder, decoder = nn.Sequential(nn.Linear(6, 4), nn.SiLU(), nn.Linear(4, 2)).eval(), nn.Linear(2, 6).eval()
    for part, size, name in ((encoder, 6, "f.onnx"), (decoder, 2, "g.onnx")):
        dims = ({0: torch.export.Dim("n")},)
        torch.onnx.export(
            part, (torch.zeros(3, size),), tmp_path / name, dynamo=True, dynamic_shapes=dims, verbose=False
        )
    model, x = judged(f"{tmp_path / 'f.onnx'},{tmp_path / 'g.onnx'}"), rows()
    with torch.no_grad():
        torch.testing.assert_close(model.reconstruct(x).float(), decoder(encoder(x.float())), rtol=1e-5, atol=1e-6)


def test_half_of_a_pair_shows_the_form(tmp_path):
    with pytest.raises(UsageError, match=r"NAME=encoder.onnx,decoder.onnx"):
        load(str(write_product(tmp_path / "f.onnx", MATRIX)))


def test_a_file_that_is_none_or_wants_more_is_refused(tmp_path):
    (tmp_path / "broken.onnx").write_bytes(b"nothing")
    with pytest.raises(SubmissionError, match="an ONNX file"):
        judged(f"{tmp_path / 'broken.onnx'},{tmp_path / 'broken.onnx'}")
    two = write_product(tmp_path / "two.onnx", MATRIX, inputs=2)
    with pytest.raises(SubmissionError, match=r"one input of two.onnx; got x0, x1"):
        judged(f"{two},{two}")
