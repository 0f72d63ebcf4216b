"""Import a submission's file so that it stays apart from other submissions, and know all code that came with it."""

import hashlib
import importlib.util
import sys
import sysconfig
from pathlib import Path
from types import ModuleType

_LIBRARY = tuple(str(Path(sysconfig.get_path(key)).resolve()) for key in ("purelib", "platlib", "stdlib"))
_PACKAGE = str(Path(__file__).resolve().parents[1])


def import_file(path: Path) -> tuple[ModuleType, str]:
    """The module of a file, and the sha256 of its source with that of every local module its import pulled in.

    Modules outside site-packages are local. They are forgotten by `sys.modules` afterwards, so that two submissions
    may each have their own `model.py`.
    """
    path = path.resolve()
    before = set(sys.modules)
    sys.path.insert(0, str(path.parent))
    try:
        module = _execute(path)
        local = {name: file for name in set(sys.modules) - before if (file := local_file(sys.modules[name]))}
    finally:
        sys.path.remove(str(path.parent))
        for name in set(sys.modules) - before:
            if local_file(sys.modules[name]):
                del sys.modules[name]
    return module, _digest([path, *sorted(set(local.values()) - {path})], path.parent)


def _execute(path: Path) -> ModuleType:
    name = f"aeeval_submission_{hashlib.sha256(str(path).encode()).hexdigest()[:12]}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ImportError(f"{path} cannot be imported")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # dataclasses and torch look their module up by name while it is executed
    spec.loader.exec_module(module)
    return module


def local_file(module: ModuleType) -> Path | None:
    """The file of a module that is local: outside site-packages, the standard library and this package; else None."""
    origin = getattr(module, "__file__", None)
    if not origin:
        return None
    file = Path(origin).resolve()
    inside = str(file).startswith(_PACKAGE) or any(str(file).startswith(root) for root in _LIBRARY)
    return None if inside else file


def _digest(files: list[Path], root: Path) -> str:
    digest = hashlib.sha256()
    for file in files:
        shown = file.relative_to(root) if file.is_relative_to(root) else file.name
        digest.update(f"{shown}\0".encode() + file.read_bytes() + b"\0")
    return digest.hexdigest()
