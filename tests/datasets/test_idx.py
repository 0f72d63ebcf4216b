"""The IDX format on files of seven pictures."""

import struct

import numpy as np
import pytest

from aeeval.datasets.idx import parse_idx
from aeeval.errors import DataError

PICTURES = np.random.default_rng(0).integers(0, 256, (7, 28, 28), dtype=np.uint8)


def idx(array, magic=b"\0\0\x08"):
    sizes = struct.pack(f">{array.ndim}I", *array.shape)
    return bytearray(magic + bytes([array.ndim]) + sizes + array.tobytes())


@pytest.mark.parametrize("array", [PICTURES, PICTURES[:, 0, 0]])
def test_what_was_written_is_read(array):
    np.testing.assert_array_equal(parse_idx(idx(array), "toy"), array)


def test_the_array_is_a_view_of_the_bytes():
    content = idx(PICTURES)
    array = parse_idx(content, "toy")
    content[16] = PICTURES[0, 0, 0] ^ 0xFF
    assert array[0, 0, 0] == PICTURES[0, 0, 0] ^ 0xFF


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (idx(PICTURES)[:-1], r"5504 bytes for \(7, 28, 28\); got 5503 bytes in toy"),
        (idx(PICTURES) + b"\0", "5504 bytes.*got 5505 bytes"),
        (idx(PICTURES)[:10], "a header of 16 bytes; got 10 bytes"),
        (idx(PICTURES, b"\0\0\x0d"), "magic 00 00 0d 03"),  # 0x0d: float32
        (idx(PICTURES, b"<ht"), "magic 3c 68 74 03"),  # an error page
        (bytearray(), "unsigned bytes"),
    ],
)
def test_other_files_are_refused(content, reason):
    with pytest.raises(DataError, match=reason):
        parse_idx(content, "toy")
