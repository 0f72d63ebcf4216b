"""A submission that has been built: flat float64 rows in, flat float64 rows out, every answer checked."""

import contextlib
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Generator, Tensor

from aeeval.errors import Skipped, SubmissionError, message
from aeeval.numerics.batches import rows_at_once
from aeeval.submissions.adapted import Adapted, guarded
from aeeval.submissions.parts import modules_of
from aeeval.submissions.unwrap import rows_of


@dataclass(frozen=True)
class CodeForm:
    """What a code looks like to the model itself: the axes of one code, and its type (whole numbers if discrete)."""

    axes: tuple[int, ...]
    dtype: torch.dtype

    def restored(self, z: Tensor) -> Tensor:
        """Flat codes (n, k) as the decoder takes them, (n, *axes); rounded where codes are discrete.

        A length that is not that of the axes stays flat: the decoder shall say itself what it thinks of it.
        """
        if not self.dtype.is_floating_point:
            z = z.round().to(self.dtype)
        return z.reshape(-1, *self.axes) if math.prod(self.axes) == z.shape[1] else z


class Model:
    """f, g and r = g∘f of a submission, as maps of flat float64 rows on the CPU.

    The rows go to the model as float32 (or `dtype`) of `(rows, *shape)` on its device, in batches, in eval mode and
    without gradients. Spatial and discrete codes are flattened here and restored for the decoder: k is the number of
    numbers in a code. An answer with another number of rows, another code length or a value that is not finite raises
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
        self._form: CodeForm | None = None

    def eval(self) -> None:
        """Put every module of the model in eval mode; exported programs know none, and are frozen already."""
        for part in (self.adapted.raw, *modules_of(self.adapted)):
            switch = getattr(part, "eval", None)
            if callable(switch):
                with contextlib.suppress(NotImplementedError):  # torch.export programs refuse the call
                    switch()

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
            rows = rows_of(guarded("sample", self.adapted.sample, n, generator=generator))
        return self._checked(rows, "sample", n, math.prod(self.shape))

    def slope(self, x: Tensor, along: Tensor, onto: Tensor) -> Tensor:
        """(n,) ⟨w, J_r(x) u⟩ by the model's own gradients, x (n, D), u `along` and w `onto`, both (n, D).

        Raises `Skipped` where the model gives no gradient, as arrays and exported programs do.
        """
        if self.adapted.array:
            raise Skipped("answers are arrays without gradients")
        t = torch.zeros(len(x), 1, dtype=torch.float64, requires_grad=True)
        with torch.enable_grad():
            answer = guarded("the gradient", self._round_trip, x + t * along)
            if not answer.requires_grad:
                raise Skipped("gives no gradient")
            value = (answer.reshape(len(x), -1).cpu().double() * onto).sum()
            (slope,) = guarded("the gradient", torch.autograd.grad, value, t, allow_unused=True)
        if slope is None:
            raise Skipped("gives no gradient")
        return slope[:, 0]

    def _round_trip(self, x: Tensor) -> Tensor:
        answer: Tensor = self.adapted.decode(self.adapted.encode(self.torch_rows(x)))
        return answer

    def torch_rows(self, x: Tensor) -> Tensor:
        """Flat rows as the model sees them: (n, *shape) in its dtype on its device."""
        return x.to(self.device, self.dtype).reshape(-1, *self.shape)

    def raw_encode(self, rows: Tensor) -> Tensor:
        """What the submission itself answers to rows (n, *shape) on its device; nothing is checked (for timing)."""
        return self._call(self.adapted.encode, rows)

    def raw_decode(self, codes: Tensor) -> Tensor:
        """What the submission itself answers to codes as it gave them; nothing is checked (for timing)."""
        return self._call(self.adapted.decode, codes)

    def _encode_rows(self, x: Tensor) -> Tensor:
        codes = guarded("encode", self.raw_encode, self.torch_rows(x))
        rows = self._checked(codes, "encode", len(x), None)
        self._form = CodeForm(tuple(codes.shape[1:]), codes.dtype)
        return rows

    def _decode_rows(self, z: Tensor) -> Tensor:
        if self._form is None:  # nothing was encoded yet
            self._encode_rows(torch.zeros(2, math.prod(self.shape)))
        assert self._form is not None
        rows = guarded("decode", self.raw_decode, self._form.restored(z.to(self.device, self.dtype)))
        return self._checked(rows, "decode", len(z), math.prod(self.shape))

    def _call(self, function: Callable[..., Any], rows: Tensor) -> Tensor:
        if self.adapted.array:
            return function(rows.flatten(1).cpu().numpy())
        with torch.no_grad():
            return function(rows)

    def _batched(self, function: Callable[[Tensor], Tensor], rows: Tensor) -> Tensor:
        return torch.cat([function(chunk) for chunk in rows.split(rows_at_once(math.prod(self.shape)))])

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
