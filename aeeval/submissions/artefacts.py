"""Trained models on disk that load without running the author's code."""

import warnings
from pathlib import Path
from typing import Any

import torch

from aeeval.errors import SubmissionError, message

_EXPORT = (
    "export a module whose forward is self.decoder(self.encoder(x)): torch.export.save(torch.export.export("
    'model, (x,), dynamic_shapes={"x": {0: torch.export.Dim("n")}}), "model.pt2")'
)


def load_exported(path: Path) -> Any:
    """A `.pt2` of torch.export with children `encoder` and `decoder`."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # torch warns of its own pytree internals
        try:
            model = torch.export.unflatten(torch.export.load(path))
        except Exception as error:  # a damaged or foreign archive raises whatever its reader raises
            raise SubmissionError(
                message("a .pt2 written by torch.export.save", f"{path.name}: {error}", _EXPORT)
            ) from error
    children = [name for name, _ in model.named_children()]
    if not {"encoder", "decoder"} <= set(children):
        raise SubmissionError(message(f"children encoder and decoder in {path.name}", f"{children or 'none'}", _EXPORT))
    return model


def load_scripted(path: Path) -> Any:
    """A TorchScript file with methods `encode` and `decode`, or children `encoder` and `decoder`."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        try:
            return torch.jit.load(path, map_location="cpu")
        except RuntimeError as error:
            raise SubmissionError(
                message(
                    "a TorchScript file", f"{path.name}: {error}", "write it with torch.jit.script(model).save(path)"
                )
            ) from error
