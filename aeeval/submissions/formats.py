"""The kinds of trained models on disk, and what reads each: one line here, one function there."""

from aeeval.errors import UsageError, message
from aeeval.registry import Registry

# The kinds of the parts of a spec -> a function of these parts that returns a model object.
FORMATS = Registry(
    "format of a trained model",
    {
        ".pt2": "aeeval.submissions.exported:load_exported",
        ".pt2,.pt2": "aeeval.submissions.exported:load_exported_pair",
        ".pt": "aeeval.submissions.scripted:load_scripted",
        ".ts": "aeeval.submissions.scripted:load_scripted",
        ".pt,.pt": "aeeval.submissions.scripted:load_scripted_pair",
        ".ts,.ts": "aeeval.submissions.scripted:load_scripted_pair",
        ".onnx,.onnx": "aeeval.submissions.onnx_files:load_onnx_pair",
        ".safetensors,.py": "aeeval.submissions.weights:load_safetensors",
        ".pt,.py": "aeeval.submissions.weights:load_state_dict",
        ".pth,.py": "aeeval.submissions.weights:load_state_dict",
        ".ckpt,.py": "aeeval.submissions.weights:load_lightning",
        "folder": "aeeval.submissions.folders:load_folder",
    },
)

_PAIRS = "give the encoder and the decoder: NAME=encoder{0},decoder{0}"
_WEIGHTS = "weights need the code that they belong to: NAME=model{0},my_model.py:factory"
_WAYS_OUT = {".onnx": _PAIRS, ".safetensors": _WEIGHTS, ".pth": _WEIGHTS, ".ckpt": _WEIGHTS}


def unreadable(kind: str) -> UsageError:
    """The error for parts that no reader takes, with the form that their kind has."""
    way_out = _WAYS_OUT.get(kind, "aeeval check --help shows the forms").format(kind)
    return UsageError(message(" or ".join((".py", *FORMATS)), kind or "a file without ending", way_out))
