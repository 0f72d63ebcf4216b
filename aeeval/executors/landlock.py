"""Landlock, by which a Linux process without privileges gives up access to files, ports and other processes.

The calls are those of linux/landlock.h; what the kernel does not know is left out, and `abi` says what it knows.
"""

import ctypes
import os
import struct
from collections.abc import Iterable, Iterator, Set
from functools import lru_cache
from pathlib import Path

_CREATE, _ADD, _RESTRICT = 444, 445, 446  # the same on every architecture
_PR_SET_NO_NEW_PRIVS = 38
_EXECUTE, _READ_FILE, _READ_DIR = 1 << 0, 1 << 2, 1 << 3
_FILE_ONLY = (1 << 0) | (1 << 1) | (1 << 2) | (1 << 14) | (1 << 15)
_RIGHTS = {1: (1 << 13) - 1, 2: (1 << 14) - 1, 3: (1 << 15) - 1, 4: (1 << 15) - 1, 5: (1 << 16) - 1}
_NET_BOTH, _SCOPE_BOTH = 3, 3  # bind and connect of TCP; abstract sockets and signals
_NET_SINCE, _SCOPE_SINCE = 4, 6
MOST_ENTRIES = 20_000


def abi() -> int:
    """The version of Landlock that this kernel offers, 0 for none."""
    try:
        return max(0, _libc().syscall(_CREATE, None, 0, 1))
    except (OSError, AttributeError):
        return 0


def ruleset(*, writable: Iterable[Path], hidden: Iterable[Path]) -> int:
    """The descriptor of rules: write below `writable` alone, read nothing below `hidden`, list every folder.

    Whoever enters may connect to no TCP port and signal no process outside (as far as `abi` goes). Raises `OSError`
    where the kernel has no Landlock.
    """
    version = abi()
    rights = _RIGHTS.get(version, _RIGHTS[5])
    fields = [rights]
    if version >= _NET_SINCE:
        fields.append(_NET_BOTH)
    if version >= _SCOPE_SINCE:
        fields.append(_SCOPE_BOTH)
    attributes = struct.pack(f"={len(fields)}Q", *fields)
    rules = _checked(_libc().syscall(_CREATE, attributes, len(attributes), 0))
    _allow(rules, Path("/"), _READ_DIR)
    closed = {one.resolve() for one in hidden}
    for path in _beside(closed, {parent for one in closed for parent in one.parents}):
        _allow(rules, path, _EXECUTE | _READ_FILE | _READ_DIR)
    for path in writable:
        _allow(rules, path, rights)
    return rules


def enter(rules: int) -> None:
    """Put this process and its children under the rules, for good."""
    _checked(_libc().prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
    _checked(_libc().syscall(_RESTRICT, rules, 0))


def state(hidden: Iterable[Path]) -> tuple[tuple[str, int], ...]:
    """What the rules depend on: when something was last added to a folder above a hidden path."""
    folders = {parent for path in hidden for parent in path.resolve().parents}
    return tuple((str(folder), folder.stat().st_mtime_ns) for folder in sorted(folders) if folder.is_dir())


def _beside(hidden: Set[Path], parents: Set[Path], start: Path = Path("/")) -> Iterator[Path]:
    """The fewest paths that hold everything below `start` but what is hidden. Links count by what they point to."""
    if start in hidden:
        return
    if start not in parents:
        yield start
        return
    try:
        with os.scandir(start) as entries:
            names = [
                entry.name for _, entry in zip(range(MOST_ENTRIES), entries, strict=False) if not entry.is_symlink()
            ]
    except OSError:
        return
    for name in names:
        yield from _beside(hidden, parents, start / name)


def _allow(ruleset: int, path: Path, rights: int) -> None:
    """A path that went meanwhile, or that may not be opened, gets no rule."""
    try:
        opened = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    try:
        kept = rights if path.is_dir() else rights & _FILE_ONLY
        rule = ctypes.create_string_buffer(struct.pack("=Qi", kept, opened))
        _checked(_libc().syscall(_ADD, ruleset, 1, rule, 0))
    finally:
        os.close(opened)


@lru_cache(maxsize=1)
def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _checked(result: int) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return result
