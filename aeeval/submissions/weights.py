"""Weights without code, loaded into what a factory of the user makes (`model.safetensors,my_model.py:factory`)."""

import inspect
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from aeeval.errors import SubmissionError, message
from aeeval.submissions.libraries import required
from aeeval.submissions.python_file import import_file
from aeeval.submissions.spec import Part

FACTORY = "factory"


def load_safetensors(weights: Part, code: Part) -> torch.nn.Module:
    """A `.safetensors` file in the module that the factory returns."""
    library = required("safetensors.torch", "safetensors")
    return _filled(code, library.load_file(weights.path), weights.path)


def load_state_dict(weights: Part, code: Part) -> torch.nn.Module:
    """A state dict written by `torch.save`, plain or under the key `state_dict`, in what the factory returns."""
    try:
        state = torch.load(weights.path, map_location="cpu", weights_only=True)
    except Exception as error:  # a pickled module, or no torch file at all
        way_out = "save the weights alone: torch.save(model.state_dict(), path)"
        raise SubmissionError(
            message("a state dict", f"{weights.path.name}: {_one_line(error)}"[:200], way_out)
        ) from error
    return _filled(code, state.get("state_dict", state), weights.path)


def load_lightning(checkpoint: Part, code: Part) -> torch.nn.Module:
    """A Lightning checkpoint through `load_from_checkpoint` of the class that the code names.

    Where the code names a factory instead, its module takes the checkpoint's `state_dict`.
    """
    made = _factory(code)
    if callable(load := getattr(made, "load_from_checkpoint", None)):
        if not checkpoint.trust:
            refuse_pickles(checkpoint.path)
        return load(checkpoint.path, map_location="cpu")
    return load_state_dict(checkpoint, code)


def refuse_pickles(path: Path) -> None:
    """Raise `SubmissionError` for a torch file that cannot be read without running code that it brings."""
    try:
        torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # it holds objects, or is no torch file at all
        got = f"{path.name}: {_one_line(error)}"[:300]
        way_out = "save weights and plain numbers alone, or add --trust, which runs the code in it"
        raise SubmissionError(message("a file without pickled objects", got, way_out)) from error


def _factory(code: Part) -> Any:
    module, _ = import_file(code.path)
    name = code.attribute or FACTORY
    if not callable(made := getattr(module, name, None)):
        named = [key for key, value in vars(module).items() if callable(value) and not key.startswith("_")]
        raise SubmissionError(
            message(
                f"a function or class {name} in {code.path.name}",
                f"{', '.join(named) or 'none'}",
                f"name the one that makes the model: {code.path.name}:NAME",
            )
        )
    return made


def _filled(code: Part, state: Mapping[str, Tensor], weights: Path) -> torch.nn.Module:
    """The module of the factory with exactly these weights: none missing, none left over."""
    factory = _factory(code)
    try:
        inspect.signature(factory).bind()
    except TypeError as error:
        raise SubmissionError(
            message(
                f"{code.path.name}:{factory.__name__}() without arguments",
                f"{factory.__name__}{inspect.signature(factory)}",
                "write a function that calls it with the sizes that were trained",
            )
        ) from error
    model = factory()
    try:
        model.load_state_dict(state, strict=True)
    except RuntimeError as error:
        way_out = "build the model with the sizes that were trained"
        raise SubmissionError(message(f"the weights of {weights.name} to fit", _one_line(error), way_out)) from error
    return model


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())
