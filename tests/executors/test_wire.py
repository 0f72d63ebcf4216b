"""Messages between processes: whole, exact, refused where they are none, and never a pickle."""

import json
import socket
import struct
from dataclasses import dataclass

import pytest
import torch

from aeeval.executors.typed import typed
from aeeval.executors.wire import DTYPES, MOST_JSON, Broken, Message, TooLate, receive, send

MOST = 10**6


@pytest.fixture
def ends():
    left, right = socket.socketpair()
    with left, right:
        yield left, right


@pytest.mark.parametrize("shape", [(), (0,), (3,), (5, 7), (2, 0, 3)])
@pytest.mark.parametrize("dtype", DTYPES)
def test_what_is_sent_is_received_to_the_last_bit(ends, dtype, shape, generator):
    sent = (100 * torch.randn(shape, generator=generator, dtype=torch.float64)).to(DTYPES[dtype])
    send(ends[0], Message({"x": 0.1, "n": None}, {"a": sent, "b": torch.arange(3)}))
    came = receive(ends[1], most=MOST)
    assert came.body == {"x": 0.1, "n": None}
    assert came.tensors["a"].dtype == sent.dtype
    assert came.tensors["a"].shape == sent.shape
    assert torch.equal(came.tensors["a"], sent)
    assert torch.equal(came.tensors["b"], torch.arange(3))


def test_numbers_that_are_none_pass_too(ends):
    rows = torch.tensor([torch.nan, torch.inf, -torch.inf, -0.0, 5e-324], dtype=torch.float64)
    send(ends[0], Message({}, {"rows": rows.t()}))
    came = receive(ends[1], most=MOST).tensors["rows"]
    assert torch.equal(came.view(torch.int64), rows.view(torch.int64))


def framed(body: bytes, payload: bytes = b"", *, size: int | None = None) -> bytes:
    return struct.pack("<IQ", len(body), len(payload) if size is None else size) + body + payload


BAD = {
    "a pickle": framed(b"\x80\x04\x95"),
    "no object": framed(json.dumps([[1], []]).encode()),
    "no layout": framed(json.dumps([{}, 3]).encode()),
    "a list alone": framed(json.dumps([{}]).encode()),
    "an unknown type": framed(json.dumps([{}, [["a", "object", [1]]]]).encode()),
    "a negative size": framed(json.dumps([{}, [["a", "float64", [-1]]]]).encode()),
    "a size that is no number": framed(json.dumps([{}, [["a", "float64", [True]]]]).encode()),
    "more than came": framed(json.dumps([{}, [["a", "float64", [10**9]]]]).encode(), bytes(64)),
    "too much": framed(b"[{}, []]", size=2**62),
    "cut off": framed(json.dumps([{}, [["a", "float64", [8]]]]).encode(), bytes(32), size=64),
    "deep": framed(b"[" * 100_000),
}


@pytest.mark.parametrize("case", BAD)
def test_what_is_no_message_is_refused(ends, case):
    ends[0].sendall(BAD[case])
    ends[0].close()
    with pytest.raises(Broken):
        receive(ends[1], most=MOST)


@pytest.mark.parametrize(("length", "size"), [(MOST_JSON + 1, 0), (8, MOST + 1), (2**32 - 1, 2**63)])
def test_what_is_too_large_is_refused_before_it_comes(ends, length, size):
    ends[0].sendall(struct.pack("<IQ", length, size))
    with pytest.raises(Broken, match="above the limit"):
        receive(ends[1], most=MOST, seconds=5.0)


def test_who_waits_waits_no_longer_than_it_may(ends):
    ends[0].sendall(BAD["cut off"])
    with pytest.raises(TooLate):
        receive(ends[1], most=MOST, seconds=0.01)


@dataclass(frozen=True)
class Inner:
    x: float
    names: tuple[str, ...] = ()


@dataclass(frozen=True)
class Outer:
    inner: dict[str, Inner]
    count: int | None


def test_a_dataclass_is_made_of_json_that_fits():
    told = {"inner": {"a": {"x": 1, "names": ["p"]}}, "count": None}
    assert typed(Outer, told) == Outer({"a": Inner(1.0, ("p",))}, None)


@pytest.mark.parametrize(
    "told",
    [
        {"inner": {}, "count": "3"},
        {"inner": {}, "count": True},
        {"inner": {"a": {"x": "1", "names": []}}, "count": 1},
        {"inner": {"a": {"x": 1.0, "names": [2]}}, "count": 1},
        {"inner": {}},
    ],
)
def test_and_of_nothing_else(told):
    with pytest.raises((TypeError, KeyError)):
        typed(Outer, told)
