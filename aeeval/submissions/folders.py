"""Folders that hold a trained model: as diffusers and pythae save them, or an encoder and a decoder side by side."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from aeeval.errors import SubmissionError, message
from aeeval.submissions.exported import load_exported_pair
from aeeval.submissions.libraries import required
from aeeval.submissions.onnx_files import load_onnx_pair
from aeeval.submissions.scripted import load_scripted_pair
from aeeval.submissions.spec import Part
from aeeval.submissions.weights import refuse_pickles


def load_folder(part: Part) -> Any:
    """The model of a folder; the first kind whose files are there is taken."""
    for files, read in _KINDS:
        if all((part.path / file).exists() for file in files):
            return read(part)
    known = "; ".join(" + ".join(files) for files, _ in _KINDS)
    present = ", ".join(sorted(file.name for file in part.path.iterdir())[:8]) or "nothing"
    raise SubmissionError(
        message(f"a folder with one of: {known}", f"{present} in {part.path}", "name the files themselves")
    )


def _pair(load: Callable[[Part, Part], Any], encoder: str, decoder: str) -> tuple[tuple[str, str], Any]:
    return (encoder, decoder), lambda part: load(Part(part.path / encoder), Part(part.path / decoder))


def _diffusers(folder: Path) -> Any:
    """One of the autoencoders of diffusers, in single precision; its scaling factor is for diffusion, not for codes."""
    library = required("diffusers", "diffusers")
    name = json.loads((folder / "config.json").read_text(encoding="utf-8")).get("_class_name", "")
    if not hasattr(library, name):
        expected = f"a class of diffusers as _class_name in {folder / 'config.json'}"
        raise SubmissionError(message(expected, repr(name), "name the folder of the autoencoder, often vae/"))
    return getattr(library, name).from_pretrained(folder, local_files_only=True, low_cpu_mem_usage=False)


def _pythae(part: Part) -> Any:
    """A model that pythae saved; custom networks in it are pickles, which run their author's code."""
    if not part.trust:
        if pickles := sorted(file.name for file in part.path.glob("*.pkl")):
            way_out = "keep pythae's own networks, or add --trust, which runs the code in them"
            raise SubmissionError(message("a folder without pickles", ", ".join(pickles), way_out))
        refuse_pickles(part.path / "model.pt")
    return required("pythae.models", "pythae").AutoModel.load_from_folder(str(part.path))


_KINDS: tuple[tuple[tuple[str, ...], Callable[[Part], Any]], ...] = (
    _pair(load_exported_pair, "encoder.pt2", "decoder.pt2"),
    _pair(load_onnx_pair, "encoder.onnx", "decoder.onnx"),
    _pair(load_onnx_pair, "vae_encoder/model.onnx", "vae_decoder/model.onnx"),
    _pair(load_scripted_pair, "encoder.ts", "decoder.ts"),
    (("model_config.json", "model.pt"), _pythae),
    (("model_index.json", "vae/config.json"), lambda part: _diffusers(part.path / "vae")),
    (("config.json",), lambda part: _diffusers(part.path)),
)
