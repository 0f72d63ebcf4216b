"""Where files of data sets lie: one list of places, of which the first that has a file is taken."""

import os
from collections.abc import Callable, Iterable
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

from aeeval.cache import cache_dir
from aeeval.datasets import DATASETS
from aeeval.datasets.asset import Asset
from aeeval.errors import DataError, message


def cached(asset: Asset) -> Path:
    """Where the cache keeps a file, whether it is there or not."""
    return cache_dir() / asset.dataset / asset.name


def _explicit(asset: Asset) -> list[Path]:
    if not (folder := os.environ.get("AEEVAL_DATA_DIR")):
        return []
    return [Path(folder) / below for below in (f"{asset.dataset}/{asset.name}", asset.torchvision) if below]


def _torchvision(asset: Asset) -> list[Path]:
    return [Path("data") / asset.torchvision] if asset.torchvision else []


def _system(asset: Asset) -> list[Path]:
    return [Path(asset.system)] if asset.system else []


def _node(asset: Asset) -> list[Path]:
    """As node looks: beside the working folder, then beside all folders above it."""
    here = Path.cwd()
    return [folder / "node_modules" / asset.node for folder in (here, *here.parents)] if asset.node else []


def _package(asset: Asset) -> list[Path]:
    """In an installed package, which is found without being imported."""
    top, _, below = asset.package.partition("/")
    spec = find_spec(top) if top else None
    return [Path(folder) / below for folder in spec.submodule_search_locations or ()] if spec else []


PLACES: dict[str, Callable[[Asset], list[Path]]] = {
    "AEEVAL_DATA_DIR": _explicit,
    "cache": lambda asset: [cached(asset)],
    "torchvision": _torchvision,
    "system": _system,
    "node_modules": _node,
    "package": _package,
}


def find(asset: Asset) -> Path | None:
    """The first copy of a file, as it is or packed as `NAME.gz`, by the order of `PLACES`; it is not opened."""
    for place in PLACES.values():
        for path in place(asset):
            for copy in (path, path.with_name(path.name + ".gz")):
                if copy.is_file():
                    return copy
    return None


def assets_of(name: str) -> tuple[Asset, ...]:
    """The files that a registered data set is read from: `ASSETS[name]` of its module; none where a package is used."""
    module = import_module(DATASETS.target(name).partition(":")[0])
    assets: dict[str, tuple[Asset, ...]] = getattr(module, "ASSETS", {})
    return assets.get(name, ())


def may_download() -> bool:
    """Whether `AEEVAL_DOWNLOAD=1` allows what is missing to be downloaded when it is used."""
    return os.environ.get("AEEVAL_DOWNLOAD") == "1"


def require(names: Iterable[str]) -> None:
    """Raise one `DataError` for all data sets that lack a file here, with the one command that fetches them."""
    lacking = [name for name in dict.fromkeys(names) if any(find(asset) is None for asset in assets_of(name))]
    if lacking and not may_download():
        way_out = f"run: aeeval fetch {' '.join(lacking)}"
        raise DataError(message("the files of every data set", f"none of {', '.join(lacking)} here", way_out))


def absent(asset: Asset) -> DataError:
    """The error for a file that is nowhere: the command that mends it, and every place looked at."""
    looked = [f"  {label}: {_shown(place(asset))}" for label, place in PLACES.items()]
    way_out = f"run: aeeval fetch {asset.dataset}" + (f", or: {asset.remedy}" if asset.remedy else "")
    told = message(f"{asset.name} of {asset.dataset}", "no such file", way_out)
    return DataError("\n".join([told, "looked in", *looked]))


def _shown(paths: list[Path]) -> str:
    """The folders above the working folder are all looked at, and not all worth naming."""
    more = f" and {len(paths) - 2} folders above" if len(paths) > 2 else ""
    return ", ".join(map(str, paths[:2])) + more if paths else "no such place is known or set"
