"""What goes between a trusted process and one that runs a submission: JSON and raw tensors, never a pickle.

A message is a JSON object and named tensors. Reading one runs no code of the other side: unknown types, sizes that do
not fit, and messages above a limit are refused.
"""

import json
import math
import socket
import struct
from dataclasses import dataclass, field
from time import monotonic
from typing import Any

import torch
from torch import Tensor

_HEAD = struct.Struct("<IQ")  # bytes of the JSON, bytes of the tensors
_ALIGN = 64
MOST_JSON = 2**24
DTYPES = {str(dtype).removeprefix("torch."): dtype for dtype in (
    torch.float64, torch.float32, torch.float16, torch.bfloat16, torch.complex64, torch.complex128,
    torch.int64, torch.int32, torch.int16, torch.int8, torch.uint8, torch.bool,
)}  # fmt: skip


class Broken(Exception):
    """The other side closed, or sent what is no message."""


class TooLate(Exception):
    """The other side did not answer within the time it had."""


@dataclass(frozen=True)
class Message:
    """A JSON object and tensors by name."""

    body: dict[str, Any]
    tensors: dict[str, Tensor] = field(default_factory=dict)


def send(end: socket.socket, message: Message, seconds: float | None = None) -> None:
    """Send a message; raises `Broken` or `TooLate`."""
    content = {name: tensor.detach().to("cpu").contiguous() for name, tensor in message.tensors.items()}
    layout = [[name, str(t.dtype).removeprefix("torch."), list(t.shape)] for name, t in content.items()]
    body = json.dumps([message.body, layout]).encode()
    try:
        end.settimeout(seconds)
        end.sendall(_HEAD.pack(len(body), sum(_padded(tensor.nbytes) for tensor in content.values())) + body)
        for tensor in content.values():
            end.sendall(_bytes(tensor))
            end.sendall(bytes(_padded(tensor.nbytes) - tensor.nbytes))
    except TimeoutError as error:
        raise TooLate from error
    except OSError as error:
        raise Broken(str(error)) from error


def receive(end: socket.socket, *, most: int, seconds: float | None = None) -> Message:
    """The next message of at most that many bytes; raises `Broken` or `TooLate`."""
    stop = None if seconds is None else monotonic() + seconds
    length, size = _HEAD.unpack(_exactly(end, _HEAD.size, stop))
    if length > MOST_JSON or size > most:
        raise Broken(f"a message of {length + size} bytes, above the limit of {most}")
    text, payload = _exactly(end, length, stop), _exactly(end, size, stop)
    try:
        body, layout = json.loads(bytes(text))
        if not isinstance(body, dict):
            raise TypeError("no object")
        return Message(body, _tensors(layout, payload))
    except (ValueError, TypeError, KeyError, RuntimeError, RecursionError) as error:
        raise Broken(f"no message: {error}") from error


def _tensors(layout: list[Any], payload: bytearray) -> dict[str, Tensor]:
    tensors: dict[str, Tensor] = {}
    start = 0
    for name, dtype, shape in layout:
        if not isinstance(name, str) or any(type(n) is not int or n < 0 for n in shape):
            raise TypeError("names and whole numbers")
        kind = DTYPES[dtype]
        size = math.prod(shape) * kind.itemsize
        if start + size > len(payload):
            raise ValueError("tensors larger than what came")
        raw = torch.frombuffer(payload, dtype=torch.uint8, count=size, offset=start) if size else None
        tensors[name] = torch.empty(shape, dtype=kind) if raw is None else raw.view(kind).reshape(shape)
        start += _padded(size)
    return tensors


def _exactly(end: socket.socket, count: int, stop: float | None) -> bytearray:
    """That many bytes; memory grows as they come, whatever the sender announced."""
    content = bytearray()
    while len(content) < count:
        left = None if stop is None else stop - monotonic()
        if left is not None and left <= 0:
            raise TooLate
        try:
            end.settimeout(left)
            part = end.recv(min(count - len(content), 2**20))
        except TimeoutError as error:
            raise TooLate from error
        except OSError as error:
            raise Broken(str(error)) from error
        if not part:
            raise Broken("closed")
        content += part
    return content


def _bytes(tensor: Tensor) -> memoryview:
    if not tensor.nbytes:
        return memoryview(b"")
    return memoryview(tensor.reshape(-1).view(torch.uint8).numpy())  # type: ignore[arg-type]


def _padded(count: int) -> int:
    return -(-count // _ALIGN) * _ALIGN
