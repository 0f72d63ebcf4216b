"""A user's folder of pictures, all of one size, with splits where it has folders `train` and `test`."""

from pathlib import Path

import numpy as np

from aeeval.datasets.carried import needed
from aeeval.errors import DataError, message

SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", ".gif", ".tif", ".tiff", ".webp", ".pgm", ".ppm")
SPLIT_FOLDERS = ("train", "val", "test", "held_out")
MODES = {"L": 1, "RGB": 3}  # what is kept as it is -> channels


def read(folder: Path) -> dict[str, np.ndarray]:
    """Arrays (n, C, H, W) float64 in [0, 1] by split, in the order of the names; needs Pillow.

    Folders `train`, `test` (and `val`, `held_out`) at the top are the splits, else all pictures are one array; folders
    below are gone through, so that one for each class is fine. Grey pictures have one channel and all others three.
    """
    parts = [name for name in SPLIT_FOLDERS if (folder / name).is_dir()]
    if not parts:
        return {"rows": _stack(folder)}
    return {name: _stack(folder / name) for name in parts}


def _stack(folder: Path) -> np.ndarray:
    files = sorted(file for file in folder.rglob("*") if file.suffix.lower() in SUFFIXES)
    if not files:
        raise DataError(message(f"pictures ({', '.join(SUFFIXES)})", f"none in {folder}", "check the folder"))
    first = _picture(files[0])
    rows = np.empty((len(files), *first.shape))
    for index, file in enumerate(files):
        picture = _picture(file)
        if picture.shape != first.shape:
            shapes = f"{first.shape} in {files[0]} and {picture.shape} in {file}"
            raise DataError(
                message("pictures of one size and one number of channels", shapes, "resize or convert them")
            )
        rows[index] = picture
    return rows


def _picture(file: Path) -> np.ndarray:
    """(C, H, W) in [0, 1]."""
    image = needed("PIL.Image", "pillow", "a folder of pictures")
    try:
        with image.open(file) as opened:
            opened.load()
            picture = opened if opened.mode in MODES else opened.convert("RGB")
            pixels = np.asarray(picture, dtype=np.float64) / 255
    except OSError as error:  # also what Pillow raises on a file that is no picture
        raise DataError(message("a readable picture", f"{file}: {error}", "remove or repair it")) from error
    return pixels.reshape(*pixels.shape[:2], MODES[picture.mode]).transpose(2, 0, 1)
