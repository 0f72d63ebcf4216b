"""A test and benchmark suite for autoencoders: what they represent, measured against exact truth."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from aeeval import metrics
    from aeeval.api import Results, dataset, evaluate, manifold

__version__ = "0.1.0"
__all__ = ["Results", "__version__", "dataset", "evaluate", "manifold", "metrics"]


def __getattr__(name: str) -> Any:
    """The public names, imported when first used: `import aeeval` alone stays light, without torch."""
    if name in __all__:
        # `metrics` is a package that can be called; the others are functions and classes of api.
        return import_module("aeeval.metrics") if name == "metrics" else getattr(import_module("aeeval.api"), name)
    raise AttributeError(f"module 'aeeval' has no attribute {name!r}; public names: {', '.join(__all__)}")
