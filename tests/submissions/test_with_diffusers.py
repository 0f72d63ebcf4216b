"""The autoencoders of diffusers from a local folder or the local hub cache: three names for a code, no scaling."""

import json
import shutil
import socket

import pytest
import torch

from aeeval.errors import SubmissionError, UsageError
from aeeval.submissions.build import build_model
from aeeval.submissions.checks import examine
from aeeval.submissions.load import load
from tests.extras import extra

diffusers = extra("diffusers")
hub_constants = extra("huggingface_hub.constants", "huggingface_hub")

pytestmark = pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::DeprecationWarning")

SHAPE = (3, 16, 16)
SMALL = {"block_out_channels": (8,), "norm_num_groups": 4, "down_block_types": ("DownEncoderBlock2D",)}
# class -> its settings, and the shape of its codes: channels, and the positions that are left
MODELS = {
    "AutoencoderKL": (
        {**SMALL, "up_block_types": ("UpDecoderBlock2D",), "latent_channels": 2, "scaling_factor": 0.18215},
        (2, 16, 16),
    ),
    "VQModel": (
        {
            "block_out_channels": (8, 8),
            "norm_num_groups": 4,
            "down_block_types": ("DownEncoderBlock2D",) * 2,
            "up_block_types": ("UpDecoderBlock2D",) * 2,
            "latent_channels": 2,
            "num_vq_embeddings": 8,
            "scaling_factor": 0.18215,
        },
        (2, 8, 8),
    ),
    "AutoencoderTiny": (
        {
            "encoder_block_out_channels": (4, 4),
            "decoder_block_out_channels": (4, 4),
            "num_encoder_blocks": (1, 1),
            "num_decoder_blocks": (1, 1),
            "latent_channels": 4,
        },
        (4, 8, 8),
    ),
    "AutoencoderDC": (
        {
            "latent_channels": 4,
            "attention_head_dim": 4,
            "encoder_block_types": "ResBlock",
            "decoder_block_types": "ResBlock",
            "encoder_block_out_channels": (8, 8),
            "decoder_block_out_channels": (8, 8),
            "encoder_layers_per_block": (1, 1),
            "decoder_layers_per_block": (1, 1),
            "encoder_qkv_multiscales": ((), ()),
            "decoder_qkv_multiscales": ((), ()),
            "decoder_norm_types": "rms_norm",
            "decoder_act_fns": "silu",
        },
        (4, 8, 8),
    ),
}


@pytest.fixture(params=MODELS)
def saved(request, tmp_path):
    """A small random model of each class: -> (the model itself, its folder, the shape of its codes)."""
    settings, code_shape = MODELS[request.param]
    torch.manual_seed(0)
    model = getattr(diffusers, request.param)(**settings).eval()
    model.save_pretrained(tmp_path / "saved")
    return model, tmp_path / "saved", code_shape


def images(n=3):
    return torch.rand(n, *SHAPE, generator=torch.Generator().manual_seed(1))


def judged(spec):
    model = build_model(load(str(spec)), SHAPE, None, 0, "cpu")
    model.eval()
    return model


def own_code(model, x):
    answer = model.encode(x)
    return {
        "AutoencoderKL": lambda: answer.latent_dist.mode(),
        "VQModel": lambda: answer.latents,
        "AutoencoderTiny": lambda: answer.latents,
        "AutoencoderDC": lambda: answer.latent,
    }[type(model).__name__]()


def test_codes_are_the_librarys_own_flattened_at_their_true_length_and_unscaled(saved):
    model, folder, code_shape = saved
    wrapped, x = judged(folder), images()
    with torch.no_grad():
        code = own_code(model, x)
        back = model.decode(code).sample
    assert code.shape[1:] == code_shape
    torch.testing.assert_close(wrapped.encode(x.flatten(1).double()).float(), code.flatten(1))
    torch.testing.assert_close(wrapped.reconstruct(x.flatten(1).double()).float(), back.flatten(1))


def test_a_decoder_that_was_never_asked_to_encode_takes_flat_codes(saved):
    _, folder, code_shape = saved
    z = torch.randn(2, torch.Size(code_shape).numel(), generator=torch.Generator().manual_seed(2), dtype=torch.float64)
    assert judged(folder).decode(z).shape == (2, torch.Size(SHAPE).numel())


def test_no_check_fails(saved):
    """The forward pass of AutoencoderTiny rounds codes to bytes on the way, which only the check sees."""
    model, folder, code_shape = saved
    found = {finding.check: finding for finding in examine(str(folder), shape=SHAPE)}
    assert "fail" not in {finding.status for finding in found.values()}, found
    assert found["code_length"].text.startswith(f"{torch.Size(code_shape).numel()} numbers")
    tiny = isinstance(model, diffusers.AutoencoderTiny)
    assert found["reconstruct"].status == ("warn" if tiny else "pass"), found["reconstruct"]


def test_the_quantiser_is_part_of_the_decoder():
    settings, _ = MODELS["VQModel"]
    torch.manual_seed(0)
    model = diffusers.VQModel(**settings).eval()
    z = torch.randn(2, 2, 8, 8, generator=torch.Generator().manual_seed(3))
    with torch.no_grad():
        bypassed = model.decode(z, force_not_quantize=True).sample
        wrapped = build_model(submission_of(model), SHAPE, None, 0, "cpu")
        wrapped.encode(images().flatten(1).double())
        decoded = wrapped.decode(z.flatten(1).double())
    assert (decoded - bypassed.flatten(1)).abs().max() > 1e-3


def submission_of(model):
    from aeeval.submissions.objects import from_object

    return from_object(model, own_data=True)


def test_a_whole_pipeline_is_its_vae(saved, tmp_path):
    _, folder, _ = saved
    pipeline = tmp_path / "pipeline"
    shutil.copytree(folder, pipeline / "vae")
    (pipeline / "model_index.json").write_text("{}")
    x = images().flatten(1).double()
    assert torch.equal(judged(pipeline).encode(x), judged(folder).encode(x))


def test_a_folder_of_something_else_says_what_it_is(tmp_path):
    (tmp_path / "config.json").write_text(json.dumps({"_class_name": "NoSuchModel"}))
    with pytest.raises(SubmissionError, match=r"a class of diffusers.*NoSuchModel"):
        judged(tmp_path)


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """A hub cache in a folder, as `hf download owner/tiny` leaves it; whoever asks for an address is told off."""
    settings, _ = MODELS["AutoencoderTiny"]
    torch.manual_seed(0)
    repo = tmp_path / "hub" / "models--owner--tiny"
    diffusers.AutoencoderTiny(**settings).save_pretrained(repo / "snapshots" / "abc" / "vae")
    (repo / "refs").mkdir()
    (repo / "refs" / "main").write_text("abc")
    monkeypatch.setattr(hub_constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setattr(hub_constants, "HF_HUB_OFFLINE", False)
    asked = []
    monkeypatch.setattr(socket, "getaddrinfo", lambda *address, **_: asked.append(address) or [])
    yield repo / "snapshots" / "abc"
    assert asked == []


@pytest.mark.parametrize("spec", ["hf:owner/tiny/vae", "hf:owner/tiny/vae@main", "faces=hf:owner/tiny/vae"])
def test_a_repository_in_the_local_cache_is_a_folder(cache, spec):
    submission = load(spec)
    assert submission.name == ("faces" if "=" in spec else "vae")
    assert submission.sha256 == load(str(cache / "vae")).sha256
    x = images().flatten(1).double()
    assert torch.equal(judged(spec).encode(x), judged(cache / "vae").encode(x))


@pytest.mark.parametrize(
    ("spec", "told"),
    [
        ("hf:owner/other", "fetch it first: hf download owner/other"),
        ("hf:owner/tiny/decoder", "a folder decoder in owner/tiny"),
        ("hf:tiny", r"hf:owner/repo\[/folder\]"),
    ],
)
def test_what_is_not_in_the_cache_is_not_downloaded(cache, spec, told):
    with pytest.raises(UsageError, match=told):
        load(spec)
