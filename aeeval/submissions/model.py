"""A submission that has been built: flat float64 rows in, flat float64 rows out, every answer checked."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Generator, Tensor

from aeeval.errors import SubmissionError, message
from aeeval.submissions.adapt import Adapted, code_of, guarded

BATCH = 4096


class Model:
    """f, g and r = g∘f of a submission, as maps of flat float64 rows on the CPU.

    The rows go to the model as float32 (or `dtype`) of `(rows, *shape)` on its device, in batches, in eval mode and
    without gradients. An answer with another number of rows, another code length or a value that is not finite raises
    `SubmissionError`.
    """

    def __init__(
        self,
        adapted: Adapted,
        *,
        shape: tuple[int, ...],
        latent_dim: int | None,
        device: str = "cpu",
        dtype: torch.dtype = torch.float32,
    ):
        self.adapted, self.shape, self.device, self.dtype = adapted, shape, device, dtype
        self.latent_dim = latent_dim

    def eval(self) -> None:
        """Put the model in eval mode where it knows one; exported programs do not, and are frozen already."""
        switch = getattr(self.adapted.raw, "eval", None)
        if callable(switch):
            try:
                switch()
            except NotImplementedError:  # torch.export programs refuse the call
                return

    def encode(self, x: Tensor) -> Tensor:
        """f: (n, D) -> (n, k)."""
        codes = self._batched(self._encode_rows, x)
        if self.latent_dim is not None and codes.shape[1] != self.latent_dim:
            raise SubmissionError(f"task gives k={self.latent_dim}, code has length {codes.shape[1]}")
        return codes

    def decode(self, z: Tensor) -> Tensor:
        """g: (n, k) -> (n, D)."""
        return self._batched(self._decode_rows, z)

    def reconstruct(self, x: Tensor) -> Tensor:
        """r = g∘f: (n, D) -> (n, D)."""
        return self.decode(self.encode(x))

    def sample(self, n: int, generator: Generator) -> Tensor | None:
        """(n, D) from the model's own sampler, or None where it has none."""
        if self.adapted.sample is None:
            return None
        with torch.no_grad():
            rows = code_of(guarded("sample", self.adapted.sample, n, generator=generator))
        return self._checked(rows, "sample", n, math.prod(self.shape))

    def torch_rows(self, x: Tensor) -> Tensor:
        """Flat rows as the model sees them: (n, *shape) in its dtype on its device."""
        return x.to(self.device, self.dtype).reshape(-1, *self.shape)

    def raw_encode(self, rows: Tensor) -> Tensor:
        """What the submission itself answers to rows (n, *shape) on its device; nothing is checked (for timing)."""
        return code_of(self._call(self.adapted.encode, rows))

    def raw_decode(self, codes: Tensor) -> Tensor:
        """What the submission itself answers to codes (n, k) on its device; nothing is checked (for timing)."""
        return code_of(self._call(self.adapted.decode, codes))

    def _encode_rows(self, x: Tensor) -> Tensor:
        return self._checked(guarded("encode", self.raw_encode, self.torch_rows(x)), "encode", len(x), None)

    def _decode_rows(self, z: Tensor) -> Tensor:
        rows = guarded("decode", self.raw_decode, z.to(self.device, self.dtype))
        return self._checked(rows, "decode", len(z), math.prod(self.shape))

    def _call(self, function: Callable[..., Any], rows: Tensor) -> Any:
        if self.adapted.array:
            return np.asarray(function(rows.flatten(1).cpu().numpy()))
        with torch.no_grad():
            return function(rows)

    def _batched(self, function: Callable[[Tensor], Tensor], rows: Tensor) -> Tensor:
        return torch.cat([function(chunk) for chunk in rows.split(BATCH)])

    def _checked(self, answer: Tensor, method: str, n: int, length: int | None) -> Tensor:
        if answer.ndim < 1 or len(answer) != n:
            raise SubmissionError(
                message(f"{n} rows from {method}", f"shape {tuple(answer.shape)}", "one row a sample")
            )
        rows = answer.detach().to("cpu", torch.float64).reshape(n, -1)
        if length is not None and rows.shape[1] != length:
            expected = f"rows of shape {self.shape} from {method}"
            raise SubmissionError(
                message(expected, f"shape {tuple(answer.shape)}", f"return (n, {', '.join(map(str, self.shape))})")
            )
        if bad := int((~torch.isfinite(rows)).any(dim=1).sum()):
            raise SubmissionError(
                message(
                    f"finite answers from {method}",
                    f"NaN or infinity in {bad} of {n} rows",
                    "check training and input scale",
                )
            )
        return rows
