"""Which code a result came from: the local files that are imported, and whether they are still what they were."""

import hashlib
import json
import shutil
import sys
from pathlib import Path

from aeeval.submissions.python_file import local_file

MANIFEST = "sources.json"


def local_sources() -> dict[str, str]:
    """sha256 of every imported module's file outside site-packages, the standard library and this package."""
    files = {file for module in list(sys.modules.values()) if (file := local_file(module)) and file.is_file()}
    return {str(file): hashlib.sha256(file.read_bytes()).hexdigest() for file in sorted(files)}


def cache_folder(root: Path, name: str) -> Path:
    """The folder of a name for the code that is imported now; emptied where code imported later has changed since.

    A model may import some of its code only when it is built: `remember` writes down what was imported by then.
    """
    content = json.dumps([name, local_sources()], sort_keys=True)
    folder = root / hashlib.sha256(content.encode()).hexdigest()[:16]
    if _changed(folder / MANIFEST):
        shutil.rmtree(folder, ignore_errors=True)
    return folder


def remember(folder: Path) -> None:
    """Write into a folder which code its results came from."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / MANIFEST).write_text(json.dumps(local_sources(), indent=1), encoding="utf-8")


def _changed(manifest: Path) -> bool:
    if not manifest.is_file():
        return False
    known = json.loads(manifest.read_text(encoding="utf-8"))
    return any(_sha256(Path(file)) != sha256 for file, sha256 in known.items())


def _sha256(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest() if file.is_file() else ""
