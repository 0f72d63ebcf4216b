"""A fitted model at one setting: the functions to be timed, what they are fed, and how well they answer."""

import copy
import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from aeeval.errors import AeevalError, Skipped, SubmissionError
from aeeval.submissions.adapt import adapt
from aeeval.submissions.model import Model
from aeeval.submissions.parts import modules_of
from aeeval.throughput.backend import BACKENDS, Function, Prepared, quiet
from aeeval.throughput.guards import in_eval_mode, precision, same_work
from aeeval.throughput.operators import Seen, record
from aeeval.throughput.setting import LAYOUTS, Setting

OPERATIONS = ("encode", "decode", "round_trip")
PROBE_ROWS = 2
CHUNK = 256


@dataclass(frozen=True)
class Work:
    """What one operation does for a row, as far as it can be counted, and the weights that it reads for a call.

    `flops` is None where nothing was counted though something was computed; `uncounted` names the operators without a
    formula. `coverage` is the share of numbers that went through counted operators (see `operators.Seen`).
    """

    flops: float | None
    coverage: float | None
    uncounted: tuple[str, ...]
    weight_bytes: int
    row_bytes: float

    def bytes_of(self, batch: int) -> float:
        """The least that a call moves: weights, rows and answers, each once."""
        return self.weight_bytes + batch * self.row_bytes

    def intensity(self, batch: int) -> float | None:
        """FLOPs a byte of `bytes_of`; None where either is unknown."""
        moved = self.bytes_of(batch)
        return None if self.flops is None or not moved else batch * self.flops / moved


class Subject:
    """A copy of a fitted model that computes in the types of a setting, on rows (n, D) in the units of its task."""

    def __init__(self, model: Model, rows: Tensor, setting: Setting):
        self.setting = setting
        self.model = _converted(model, setting)
        modules = modules_of(self.model.adapted)
        self.parameters = sum(p.numel() for module in modules for p in module.parameters())
        self.weights_bytes = sum(
            t.numel() * t.element_size() for module in modules for t in module.state_dict().values()
        )
        self._flat = rows
        self._rows = _laid_out(self.model.torch_rows(rows), setting)
        with torch.no_grad():
            self._codes = torch.cat([self.model.raw_encode(some) for some in self._rows.split(CHUNK)])

    def data(self, op: str) -> Tensor:
        """What an operation is fed: rows (n, *shape), or the codes that the model gave them; on the host if transfers
        are part of the time."""
        data = self._codes if op == "decode" else self._rows
        if self.setting.transfer == "excluded":
            return data
        if self.setting.device == "cpu":
            raise Skipped("not measured: rows of a CPU are transferred nowhere")
        return data.cpu().pin_memory()

    def function(self, op: str) -> Function:
        """An operation of the model itself, for tensors on its device."""
        encode, decode = self.model.raw_encode, self.model.raw_decode
        if self.setting.backend != "eager" and not self.model.adapted.array:
            encode, decode = self.model.adapted.encode, self.model.adapted.decode  # without our own layer around it
        return {"encode": encode, "decode": decode, "round_trip": lambda rows: decode(encode(rows))}[op]

    def prepared(self, op: str) -> Prepared:
        """An operation as the backend runs it, transfers included where they are part of the setting."""
        ready = BACKENDS[self.setting.backend](self.function(op))
        if self.setting.transfer == "included":
            ready.function = _there_and_back(ready.function, self.model.device)
        return ready

    def reference(self, op: str) -> Function:
        """What timed answers are held against: the operation in eager mode."""
        function = self.function(op)
        return _there_and_back(function, self.model.device) if self.setting.transfer == "included" else function

    @functools.cached_property
    def _works(self) -> dict[str, Work]:
        return {}

    def work(self, op: str) -> Work:
        """What an operation does, after the guards: same work in every call, in the precision that was asked for."""
        if op not in self._works:
            self._works[op] = self._work(op)
        return self._works[op]

    def _work(self, op: str) -> Work:
        function, data = self.function(op), (self._codes if op == "decode" else self._rows)[:PROBE_ROWS]
        with torch.no_grad():
            seen = same_work(function, data.clone(), op)
            output = function(data)
            in_eval_mode(modules_of(self.model.adapted))
        if not self.model.adapted.array:
            precision(seen, output, self.setting.number_type.dtype, op)
        counted = _unfused(self.model, op, data) or seen
        known = counted.coverage is not None and counted.coverage > 0
        return Work(
            flops=counted.flops / len(data) if known else None,
            coverage=None if self.model.adapted.array else counted.coverage,
            uncounted=tuple(sorted(counted.opaque_operators)),
            weight_bytes=seen.weight_bytes,
            row_bytes=_row_bytes(seen, data, output) / len(data),
        )

    def quality(self, fvu: Callable[["RoundTrip"], float]) -> float:
        """The fraction of variance unexplained by the round trip as this setting runs it."""
        if self.setting.backend == "eager":
            return fvu(RoundTrip(self.model.reconstruct))
        batch, function = len(self._rows[:CHUNK]), self.prepared("round_trip").function
        return fvu(RoundTrip(functools.partial(_in_batches, self.model, function, batch)))

    def twin(self) -> "Subject":
        """The same subject with weights, rows and codes in other places of the memory."""
        return Subject(_copied(self.model, self.model.dtype), self._flat, self.setting)


@dataclass(frozen=True)
class RoundTrip:
    """r as what a metric asks: the code stands for the row itself, and decoding it is the whole round trip."""

    decode: Callable[[Tensor], Tensor]

    def encode(self, x: Tensor) -> Tensor:
        """(n, D) as it is."""
        return x


def _in_batches(model: Model, round_trip: Function, batch: int, x: Tensor) -> Tensor:
    """r of flat rows (n, D) in batches of one size, the last one filled up with the first rows."""
    whole = -(-len(x) // batch) * batch
    rows = model.torch_rows(x[torch.arange(whole) % len(x)])
    with torch.inference_mode():
        answers = [round_trip(chunk).clone() for chunk in rows.split(batch)]
    return torch.cat(answers).double().cpu().reshape(whole, -1)[: len(x)]


def _converted(model: Model, setting: Setting) -> Model:
    """A deep copy in the setting's type and layout; the model itself where nothing has to change."""
    dtype, layout = setting.number_type.dtype, LAYOUTS[setting.layout]
    if model.adapted.array and (setting.dtype != "fp32" or setting.backend != "eager"):
        raise Skipped("not measured: answers are arrays of another library, which runs as it does")
    if dtype == model.dtype and layout is torch.contiguous_format:
        return model
    try:
        return _copied(model, dtype, layout)
    except Exception as error:  # of a program that cannot be copied, or of weights that cannot be converted
        raise Skipped(f"not measured: cannot be converted to {setting.dtype}: {error}") from error


def _copied(model: Model, dtype: torch.dtype, layout: torch.memory_format = torch.preserve_format) -> Model:
    with quiet():
        adapted = adapt(copy.deepcopy(model.adapted.raw))
    for module in modules_of(adapted):
        module.to(dtype=dtype, memory_format=layout)  # type: ignore[call-overload]
    return Model(adapted, shape=model.shape, latent_dim=model.latent_dim, device=model.device, dtype=dtype)


def _row_bytes(seen: Seen, data: Tensor, output: Tensor) -> int:
    """Bytes that rows and answers move: what is only passed on, or never looked at, moves nothing."""
    if seen.outside:
        return sum(one.numel() * one.element_size() for one in (data, output))
    return seen.given_bytes + seen.answer_bytes


def _laid_out(rows: Tensor, setting: Setting) -> Tensor:
    if setting.layout == "contiguous":
        return rows
    if rows.ndim != 4:
        raise Skipped("not measured: channels_last is a layout of images, these rows are vectors")
    return rows.contiguous(memory_format=LAYOUTS[setting.layout])


def _there_and_back(function: Function, device: str) -> Function:
    return lambda rows: function(rows.to(device, non_blocking=True)).cpu()


def _unfused(model: Model, op: str, data: Tensor) -> Seen | None:
    """The operators with gradients on, where torch's fused paths of inference, which have no formula, are not taken."""
    if model.adapted.array:
        return None
    encode, decode = model.adapted.encode, model.adapted.decode
    calls: Mapping[str, Function] = {
        "encode": encode,
        "decode": decode,
        "round_trip": lambda rows: decode(encode(rows)),
    }
    try:
        with torch.enable_grad():
            return record(calls[op], data)
    except (AeevalError, RuntimeError, SubmissionError):  # not made to be differentiated: counted as it was timed
        return None
