"""TorchScript files: they load without the author's code."""

import warnings
from pathlib import Path
from typing import Any

import torch

from aeeval.errors import SubmissionError, message
from aeeval.submissions.spec import Part


def load_scripted(part: Part) -> Any:
    """A TorchScript file with methods `encode` and `decode`, or children `encoder` and `decoder`."""
    return _script(part.path)


def load_scripted_pair(encoder: Part, decoder: Part) -> tuple[Any, Any]:
    """Two TorchScript files, x -> z and z -> x̂."""
    return _script(encoder.path), _script(decoder.path)


def _script(path: Path) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        try:
            return torch.jit.load(path, map_location="cpu")
        except RuntimeError as error:
            raise SubmissionError(
                message(
                    "a TorchScript file",
                    f"{path.name}: {str(error).partition(chr(10))[0]}",
                    "write it with torch.jit.script(model).save(path); weights alone (a state_dict) need their code: "
                    "NAME=model.pt,my_model.py:factory",
                )
            ) from error
