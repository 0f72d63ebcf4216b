"""Models in a process of their own, asked over a socket: every answer is checked before a metric sees it."""

import json
import math
import signal
import socket
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from time import monotonic
from typing import Any

import torch
from torch import Generator, Tensor

from aeeval import errors
from aeeval.errors import AeevalError, SubmissionError, TimeLimit, message
from aeeval.executors import cage, wire
from aeeval.executors.typed import typed
from aeeval.executors.wire import Message
from aeeval.fits import RowsOf
from aeeval.throughput.cell import Settings
from aeeval.throughput.row import Row

ANSWERS_PER_WALL = 10.0
LONGEST = 20_000  # letters of one word of what is said of a training: a list of trials, or a curve
_KINDS = ("SubmissionError", "TimeLimit", "Skipped", "UsageError", "DataError")


class Caged:
    """A child of the warden: questions go in, checked answers come out, and its end is told in words.

    It may take 10 `wall_s` for all answers of a seed; a fit has the time that `prepare` is given.
    """

    def __init__(self, warden: socket.socket, limits: cage.Limits, wall_s: float):
        self._warden, self._wall_s, self._memory = warden, wall_s, limits.memory_mb * cage.MB
        self._end, theirs = socket.socketpair()
        request = json.dumps({"start": asdict(limits)}).encode()
        socket.send_fds(warden, [request], [theirs.fileno()])
        theirs.close()
        self._left = ANSWERS_PER_WALL * wall_s
        self.alive = True
        self.ended: dict[str, Any] = {}

    def ask(self, body: dict[str, Any], tensors: Mapping[str, Tensor] | None = None) -> Message:
        """The answer to a question about a fitted model, on the time that answers have."""
        start = monotonic()
        try:
            return self._exchange(Message(body, dict(tensors or {})), self._left, "answering")
        finally:
            self._left -= monotonic() - start

    def prepare(self, body: dict[str, Any], seconds: float, rows: RowsOf | None = None) -> Message:
        """The answer to a question that takes its own time, during which it may ask for rows."""
        return self._exchange(Message(body), seconds, body["do"], rows)

    def fresh_time(self) -> None:
        """The next seed has its own time for answers."""
        self._left = ANSWERS_PER_WALL * self._wall_s

    def close(self) -> dict[str, Any]:
        """End the child with all that it started; -> how it ended."""
        if not self.alive:
            return {}
        self.alive = False
        self._end.close()
        self.ended = last_end(self._warden)
        return self.ended

    @property
    def shot(self) -> bool:
        """Whether somebody killed the child who was not its warden."""
        return self.ended.get("status") == -signal.SIGKILL and not (self.ended["killed"] or self.ended["alive"])

    def let_go(self) -> None:
        """Have the child killed with all that it started, and wait for nothing."""
        if self.alive:
            self.alive = False
            self._warden.sendall(b'{"drop": true}')
            self._end.close()

    def _exchange(self, question: Message, seconds: float, what: str, rows: RowsOf | None = None) -> Message:
        stop = monotonic() + seconds
        try:
            wire.send(self._end, question, max(0.001, stop - monotonic()))
            answer = self._received(stop)
            while rows and "rows" in answer.body:
                wire.send(self._end, _rows_message(rows, answer.body["rows"]), max(0.001, stop - monotonic()))
                answer = self._received(stop)
        except wire.TooLate:
            self.close()
            raise TimeLimit(
                f"{what} took longer than {seconds:.3g} s and did not stop; make it faster or raise budget.wall_s"
            ) from None
        except wire.Broken as error:
            raise SubmissionError(_epitaph(self.close(), str(error))) from None
        _raise(answer.body)
        return answer

    def _received(self, stop: float) -> Message:
        return wire.receive(self._end, most=self._memory, seconds=max(0.001, stop - monotonic()))


def _rows_message(rows: RowsOf, seed: Any) -> Message:
    if type(seed) is not int:
        raise wire.Broken("asked for the rows of no seed")
    part = rows(seed)
    return Message({"shape": list(part.shape)}, {"train": part.train.x, "val": part.val.x})


def _raise(body: Mapping[str, Any]) -> None:
    if "error" in body:
        kind = body["error"] if body["error"] in _KINDS else "SubmissionError"
        error: type[AeevalError] = getattr(errors, kind)
        raise error(str(body.get("says", ""))[:4000] or "failed without a word")


def _epitaph(told: Mapping[str, Any], broken: str) -> str:
    """How a process ended, for a record."""
    last = next((line.strip() for line in reversed(str(told.get("tail", "")).splitlines()) if line.strip()), "")
    said = f"; it printed last: {last[:300]}" if last else ""
    status = told.get("status")
    if told.get("killed"):
        return f"its process {told['killed']} and was ended{said}"
    if broken != "closed" and "reset" not in broken and "Broken pipe" not in broken:
        return f"its process answered with {broken}{said}"
    if told.get("alive"):
        return f"its process closed its connection without an answer{said}"
    if status is not None and status < 0:
        return f"its process was ended by signal {-status} ({signal.Signals(-status).name}){said}"
    return f"its process ended by itself, with exit code {status}{said}"


def plain(told: Any) -> dict[str, str | float]:
    """What a process says of a training: few short words and finite numbers, whatever it sends."""
    pairs = list(told.items())[:20] if isinstance(told, dict) else []
    return {
        str(name)[:50]: value[:LONGEST] if isinstance(value, str) else value
        for name, value in pairs
        if isinstance(value, str) or (isinstance(value, int | float) and math.isfinite(value))
    }


def last_end(warden: socket.socket) -> dict[str, Any]:
    """How the last child of a warden ended; {} where it was let go. Afterwards none is left."""
    warden.sendall(b'{"tell": true}')
    told: dict[str, Any] = json.loads(warden.recv(2**16))
    return told


class RemoteModel:
    """Maps of flat float64 rows, as `aeeval.submissions.model.Model`, answered by a caged process."""

    def __init__(self, caged: Caged, seed: int, shape: tuple[int, ...]):
        self._caged, self._seed, self._size = caged, seed, math.prod(shape)

    def encode(self, x: Tensor) -> Tensor:
        """f: (n, D) -> (n, k)."""
        return self._rows("encode", x, None)

    def decode(self, z: Tensor) -> Tensor:
        """g: (n, k) -> (n, D)."""
        return self._rows("decode", z, self._size)

    def reconstruct(self, x: Tensor) -> Tensor:
        """r = g∘f: (n, D) -> (n, D)."""
        return self._rows("reconstruct", x, self._size)

    def sample(self, n: int, generator: Generator) -> Tensor | None:
        """(n, D) from the model's own sampler, or None where it has none."""
        answer = self._caged.ask({"do": "sample", "seed": self._seed, "n": n}, {"state": generator.get_state()})
        return _checked(answer, "sample", (n, self._size)) if answer.tensors else None

    def slope(self, x: Tensor, along: Tensor, onto: Tensor) -> Tensor:
        """(n,) slopes of r at x by the model's own gradients."""
        given = {"x": x, "along": along, "onto": onto}
        return _checked(self._caged.ask({"do": "slope", "seed": self._seed}, given), "the gradient", (len(x),))

    def _rows(self, method: str, rows: Tensor, size: int | None) -> Tensor:
        answer = self._caged.ask({"do": method, "seed": self._seed}, {"rows": rows})
        return _checked(answer, method, (len(rows), size))


def _checked(answer: Message, method: str, shape: tuple[int | None, ...]) -> Tensor:
    rows = answer.tensors.get("answer")
    fits = rows is not None and rows.ndim == len(shape) and rows.dtype == torch.float64
    if rows is None or not fits or any(n not in (None, m) for n, m in zip(shape, rows.shape, strict=True)):
        raise SubmissionError(message(f"an answer from {method}", "something else", "do not change the process"))
    if method != "the gradient" and not torch.isfinite(rows).all():
        raise SubmissionError(message(f"finite answers from {method}", "NaN or infinity", "check training"))
    return rows


class RemoteFitted:
    """A fitted model of a caged process."""

    def __init__(
        self,
        caged: Caged,
        seed: int,
        shape: tuple[int, ...],
        notes: tuple[str, ...],
        training: Mapping[str, str | float],
    ):
        self._caged, self._seed, self.notes, self.training = caged, seed, notes, training
        self.model = RemoteModel(caged, seed, shape)

    def weights(self) -> dict[str, Tensor]:
        """Its state dict."""
        return dict(self._caged.ask({"do": "weights", "seed": self._seed}).tensors)

    def layers(self, rows: Tensor) -> Any:
        """What the process says of its network; `layer_arrays` takes of it what has the form."""
        return self._caged.ask({"do": "layers", "seed": self._seed}, {"rows": rows[:2]}).body.get("layers")

    def timings(self, rows: Tensor, settings: Settings) -> Sequence[Row]:
        """What the process says that its calls took: a clock in a process that the submission may change."""
        body = {"do": "time", "seed": self._seed, "batches": settings.batches, "min_time_s": settings.min_time_s}
        answer = self._caged.ask(body, {"rows": rows})
        try:
            return [typed(Row, told) for told in answer.body["timings"]]
        except (TypeError, ValueError, KeyError) as error:
            raise SubmissionError(message("timings", f"{error}", "do not change the process")) from error
