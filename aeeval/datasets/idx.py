"""The IDX format: a magic number with type and rank, the sizes, then the numbers in row-major order."""

import struct

import numpy as np

from aeeval.errors import DataError, message

UNSIGNED_BYTE = 0x08


def parse_idx(content: bytearray, where: str) -> np.ndarray:
    """The uint8 array of an IDX file, as a view of its bytes.

    Two zero bytes, the type, the rank r, then r big-endian 32-bit sizes. Raises `DataError` on another magic number or
    type, and where the file is shorter or longer than its header says. Source: LeCun, Cortes and Burges, The MNIST
    database of handwritten digits, 1998.
    """
    if len(content) < 4 or content[:2] != b"\0\0" or content[2] != UNSIGNED_BYTE:
        raise _damaged("an IDX file of unsigned bytes (magic 00 00 08)", f"magic {content[:4].hex(' ')}", where)
    start = 4 + 4 * content[3]
    if len(content) < start:
        raise _damaged(f"a header of {start} bytes", f"{len(content)} bytes", where)
    sizes = struct.unpack(f">{content[3]}I", content[4:start])
    expected = start + int(np.prod(sizes, dtype=np.int64))
    if len(content) != expected:
        raise _damaged(f"{expected} bytes for {sizes}", f"{len(content)} bytes", where)
    return np.frombuffer(content, np.uint8, offset=start).reshape(sizes)


def _damaged(expected: str, got: str, where: str) -> DataError:
    return DataError(message(expected, f"{got} in {where}", "fetch the file again"))
