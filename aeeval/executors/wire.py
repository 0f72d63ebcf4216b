"""What goes between a trusted process and one that runs a submission: JSON and raw tensors, never a pickle.

A message is a JSON object and named tensors. Reading one runs no code of the other side: unknown types, sizes that do
not fit, and messages above a limit are refused.
"""

import json
import math
import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import monotonic
from typing import Any, TypeVar

import torch
from torch import Tensor

_HEAD = struct.Struct("<IQ")  # bytes of the JSON, bytes of the tensors
_AT_ONCE = 64  # buffers a call of the system
MOST_JSON = 2**24
DTYPES = {str(dtype).removeprefix("torch."): dtype for dtype in (
    torch.float64, torch.float32, torch.float16, torch.bfloat16, torch.complex64, torch.complex128,
    torch.int64, torch.int32, torch.int16, torch.int8, torch.uint8, torch.bool,
)}  # fmt: skip

Room = TypeVar("Room", bytearray, memoryview)


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
    content = [tensor.detach().to("cpu").contiguous() for tensor in message.tensors.values()]
    named = zip(message.tensors, content, strict=True)
    layout = [[name, str(t.dtype).removeprefix("torch."), list(t.shape)] for name, t in named]
    body = json.dumps([message.body, layout]).encode()
    head = _HEAD.pack(len(body), sum(tensor.nbytes for tensor in content)) + body
    stop = None if seconds is None else monotonic() + seconds
    parts = [memoryview(head), *(_bytes(tensor) for tensor in content if tensor.nbytes)]
    while parts:
        with _in_time(end, stop):
            sent = end.sendmsg(parts[:_AT_ONCE])
        while parts and sent >= len(parts[0]):
            sent -= len(parts.pop(0))
        if parts:
            parts[0] = parts[0][sent:]


def receive(end: socket.socket, *, most: int, seconds: float | None = None) -> Message:
    """The next message of at most that many bytes; raises `Broken` or `TooLate`."""
    stop = None if seconds is None else monotonic() + seconds
    length, size = _HEAD.unpack(_exactly(end, bytearray(_HEAD.size), stop))
    if length > MOST_JSON or size > most:
        raise Broken(f"a message of {length + size} bytes, above the limit of {most}")
    text = _exactly(end, bytearray(length), stop)
    try:
        body, layout = json.loads(bytes(text))
        if not isinstance(body, dict):
            raise TypeError("no object")
        return Message(body, _tensors(end, layout, size, stop))
    except (ValueError, TypeError, KeyError, RuntimeError, RecursionError) as error:
        raise Broken(f"no message: {error}") from error


def _tensors(end: socket.socket, layout: list[Any], size: int, stop: float | None) -> dict[str, Tensor]:
    """The tensors that a message announced, read into memory of their own: aligned as torch has it everywhere.

    What is announced takes no memory before it comes, as the system gives pages when they are written.
    """
    tensors: dict[str, Tensor] = {}
    for name, dtype, shape in layout:
        if not isinstance(name, str) or any(type(n) is not int or n < 0 for n in shape):
            raise TypeError("names and whole numbers")
        size -= math.prod(shape) * DTYPES[dtype].itemsize
        if size < 0:
            raise ValueError("tensors larger than what came")
        tensors[name] = torch.empty(shape, dtype=DTYPES[dtype])
        if tensors[name].nbytes:
            _exactly(end, _bytes(tensors[name]), stop)
    if size:
        raise ValueError("more than its tensors")
    return tensors


def _exactly(end: socket.socket, room: Room, stop: float | None) -> Room:
    """The room, filled with what comes next."""
    left = memoryview(room)
    while left:
        with _in_time(end, stop):
            count = end.recv_into(left)
        if not count:
            raise Broken("closed")
        left = left[count:]
    return room


@contextmanager
def _in_time(end: socket.socket, stop: float | None) -> Iterator[None]:
    """A call of the system that waits no longer than until `stop`."""
    left = None if stop is None else stop - monotonic()
    if left is not None and left <= 0:
        raise TooLate
    try:
        end.settimeout(left)
        yield
    except TimeoutError as error:
        raise TooLate from error
    except OSError as error:
        raise Broken(str(error)) from error


def _bytes(tensor: Tensor) -> memoryview:
    return memoryview(tensor.reshape(-1).view(torch.uint8).numpy())  # type: ignore[arg-type]
