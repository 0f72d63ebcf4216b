"""Programs of torch.export (`.pt2`): they load without the author's code."""

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch

from aeeval.errors import SubmissionError, message
from aeeval.submissions.spec import Part

_EXPORT = (
    "export the encoder and the decoder each by torch.export.save(torch.export.export(part, (x,), "
    'dynamic_shapes=({0: torch.export.Dim("n")},)), "encoder.pt2"), and give NAME=encoder.pt2,decoder.pt2'
)


def load_exported(part: Part) -> Any:
    """One `.pt2` whose program kept its children `encoder` and `decoder`."""
    with _quiet():
        model = torch.export.unflatten(_program(part.path))
    children = [name for name, _ in model.named_children()]
    if not {"encoder", "decoder"} <= set(children):
        raise SubmissionError(
            message(f"children encoder and decoder in {part.path.name}", f"{children or 'none'}", _EXPORT)
        )
    return model


def load_exported_pair(encoder: Part, decoder: Part) -> tuple[Callable[..., Any], Callable[..., Any]]:
    """Two `.pt2` files, x -> z and z -> x̂."""
    with _quiet():
        return _program(encoder.path).module(), _program(decoder.path).module()


def _program(path: Path) -> torch.export.ExportedProgram:
    try:
        return torch.export.load(path)
    except Exception as error:  # a damaged or foreign archive raises whatever its reader raises
        raise SubmissionError(
            message("a .pt2 written by torch.export.save", f"{path.name}: {error}", _EXPORT)
        ) from error


@contextmanager
def _quiet() -> Iterator[None]:
    """Without torch's warnings about its own pytree internals."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        yield
