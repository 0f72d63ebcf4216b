"""ONNX files, run by onnxruntime on the CPU: an encoder and a decoder."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from aeeval.errors import SubmissionError, message
from aeeval.submissions.libraries import required
from aeeval.submissions.spec import Part

# Exports of diffusers' encoders give the posterior as means and log variances, one after the other along the channels.
POSTERIOR = "latent_parameters"
_TYPES = {"tensor(float)": np.float32, "tensor(double)": np.float64, "tensor(float16)": np.float16}


class OnnxFunction:
    """The first output of an ONNX file as a function of its one input, tensors in and out."""

    def __init__(self, path: Path):
        runtime = required("onnxruntime", "onnxruntime")
        options = runtime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1  # as everything that is measured here
        options.log_severity_level = 3  # errors; its warnings are about its own optimisations
        try:
            self._session = runtime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        except Exception as error:  # onnxruntime has an exception type for each status code
            raise SubmissionError(message("an ONNX file", f"{path.name}: {error}", "export it anew")) from error
        inputs = self._session.get_inputs()
        if len(inputs) != 1:
            names = ", ".join(entry.name for entry in inputs)
            raise SubmissionError(message(f"one input of {path.name}", names, "export the encoder or decoder alone"))
        self._input, self._output = inputs[0], self._session.get_outputs()[0].name

    def __call__(self, rows: Tensor) -> Tensor:
        array = rows.detach().cpu().numpy().astype(_TYPES.get(self._input.type, np.float32))
        answer = np.concatenate([self._asked(chunk) for chunk in self._chunks(array)])[: len(array)]
        if self._output == POSTERIOR:
            answer = answer[:, : answer.shape[1] // 2]
        return torch.from_numpy(answer).to(rows.device)

    def _asked(self, rows: np.ndarray) -> Any:
        return self._session.run([self._output], {self._input.name: rows})[0]

    def _chunks(self, rows: np.ndarray) -> list[np.ndarray]:
        """All rows at once, or, where the file was exported for a fixed number, batches of it filled up with zeros."""
        size = self._input.shape[0]
        if not isinstance(size, int):
            return [rows]
        missing = -len(rows) % size
        filled = np.concatenate([rows, np.zeros((missing, *rows.shape[1:]), rows.dtype)])
        return np.split(filled, len(filled) // size)


def load_onnx_pair(encoder: Part, decoder: Part) -> tuple[Callable[[Tensor], Tensor], Callable[[Tensor], Tensor]]:
    """Two ONNX files, x -> z and z -> x̂."""
    return OnnxFunction(encoder.path), OnnxFunction(decoder.path)
