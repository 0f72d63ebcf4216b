"""The file of a cell: one record a line, and a seal at the end that says whether all of it is there.

    {"axes": {}, "better": "lower", ...}
    {"cell": "<key>", "records": 1, "sha256": "<of the lines above>"}

A file cut off anywhere, also between two lines, has no seal that fits; one under another's name has that of another.
Files of schema 1 have none.
"""

import hashlib
import json
import re
from collections.abc import Sequence

from aeeval.record import Record
from aeeval.records import Builder
from aeeval.store.decode import Decoder
from aeeval.store.schema import record_of

_SEAL = re.compile(rb'\{"cell": "([^"]*)", "records": (\d+), "sha256": "([0-9a-f]{64})"\}')
SEALED_SINCE = 2


def to_bytes(key: str, records: Sequence[Record]) -> bytes:
    """The content of the file of a cell; equal records give equal bytes."""
    if not records:
        raise ValueError("expected at least one record of a cell; got none; a cell without numbers says why")
    lines = "".join(record.to_json() + "\n" for record in records).encode()
    seal = {"cell": key, "records": len(records), "sha256": hashlib.sha256(lines).hexdigest()}
    return lines + json.dumps(seal).encode() + b"\n"


def add_to(builder: Builder, key: str, content: bytes, decoder: Decoder | None = None) -> None:
    """Add the records of the file of a cell.

    Raises `ValueError` with what is wrong where it is not whole or not of this cell, and `NewerSchema`.
    """
    lines, sealed = _unsealed(key, content)
    if not (decoder and sealed and decoder.add(lines)):
        builder.add(_each(lines, sealed))


def from_bytes(key: str, content: bytes) -> list[Record]:
    """The records of the file of a cell; raises as `add_to` does."""
    return _each(*_unsealed(key, content))


def _each(lines: bytes, sealed: bool) -> list[Record]:
    try:
        rows = [json.loads(line) for line in lines.decode().splitlines()]
        records = [record_of(row) for row in rows]
    except TypeError as error:
        raise ValueError(str(error)) from error
    if not records:
        raise ValueError("an empty file")
    if not sealed and any(row["schema"] >= SEALED_SINCE for row in rows):
        raise ValueError("cut off: the seal at its end is missing")
    return records


def _unsealed(key: str, content: bytes) -> tuple[bytes, bool]:
    """The lines of the records, and whether a seal said that they are all there."""
    if content and not content.endswith(b"\n"):
        raise ValueError("cut off in its last line")
    start = content.rfind(b"\n", 0, -1) + 1
    seal = _SEAL.fullmatch(content, start, len(content) - 1)
    if seal is None:
        return content, False
    lines = content[:start]
    if seal[1].decode() != key:
        raise ValueError(f"of another cell, {seal[1].decode()[:12]}")
    if lines.count(b"\n") != int(seal[2]) or hashlib.sha256(lines).hexdigest() != seal[3].decode():
        raise ValueError("changed: its seal is of other lines")
    return lines, True
