"""The arrays that pictures of a model are drawn from, so that no report ever trains it again."""

from aeeval.pictures.make import picture
from aeeval.pictures.trust import trust

__all__ = ["picture", "trust"]
