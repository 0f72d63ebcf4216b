"""Import a submission's file so that it stays apart from other submissions, and know all code that came with it."""

import hashlib
import importlib.util
import sys
import sysconfig
from itertools import takewhile
from pathlib import Path
from types import ModuleType

_LIBRARY = tuple(str(Path(sysconfig.get_path(key)).resolve()) for key in ("purelib", "platlib", "stdlib"))
_PACKAGE = str(Path(__file__).resolve().parents[1])


def import_file(path: Path) -> tuple[ModuleType, str]:
    """The module of a file, and the sha256 of its source with that of every local module its import pulled in.

    Modules outside site-packages, and those beside the file, are local. They are forgotten by `sys.modules` afterwards,
    and those of that name that were there before are back: two submissions may each have their own `model.py`.
    """
    path = path.resolve()
    strangers = {name: sys.modules.pop(name) for name in _strangers(path.parent)}
    mark = f"before {path}"
    sys.modules[mark] = ModuleType(mark)
    sys.path.insert(0, str(path.parent))
    try:
        module = _execute(path)
        local = set(_local_since(mark, path.parent).values())
    finally:
        sys.path.remove(str(path.parent))
        for name in _local_since(mark, path.parent):
            del sys.modules[name]
        sys.modules.pop(mark, None)
        sys.modules.update(strangers)
    return module, _digest([path, *sorted(local - {path})], path.parent)


def _local_since(mark: str, folder: Path) -> dict[str, Path]:
    """The local modules that were imported after a mark, by name.

    The latest are looked at first and no further than the mark: a look at each of thousands of names would copy their
    memory in a process that was just forked.
    """
    new = list(takewhile(lambda name: name != mark, reversed(sys.modules)))
    return {name: file for name in new if (file := local_file(sys.modules[name], folder))}


def _strangers(folder: Path) -> list[str]:
    """Names of files beside a submission under which another folder's module is known: it would be taken for them."""
    beside = {file.stem: file for file in folder.glob("*.py") if not file.stem.startswith("__")}
    known = {name: local_file(sys.modules[name], folder) for name in beside if name in sys.modules}
    return [name for name, file in known.items() if file and file != beside[name]]


def _execute(path: Path) -> ModuleType:
    name = f"aeeval_submission_{hashlib.sha256(str(path).encode()).hexdigest()[:12]}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ImportError(f"{path} cannot be imported")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # dataclasses and torch look their module up by name while it is executed
    spec.loader.exec_module(module)
    return module


def local_file(module: ModuleType, folder: Path | None = None) -> Path | None:
    """The file of a module that is local: in `folder`, or outside site-packages, stdlib and this package; else None."""
    origin = getattr(module, "__file__", None)
    if not origin:
        return None
    file = Path(origin).resolve()
    if file.parent == folder:  # also of the baselines in an installed package
        return file
    inside = str(file).startswith(_PACKAGE) or any(str(file).startswith(root) for root in _LIBRARY)
    return None if inside else file


def _digest(files: list[Path], root: Path) -> str:
    digest = hashlib.sha256()
    for file in files:
        shown = file.relative_to(root) if file.is_relative_to(root) else file.name
        digest.update(f"{shown}\0".encode() + file.read_bytes() + b"\0")
    return digest.hexdigest()
