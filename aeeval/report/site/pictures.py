"""The pictures of a submission on a task: the one to turn, and the still ones, each a file of the site."""

import hashlib
import io
from collections.abc import Iterator
from dataclasses import dataclass

from aeeval import __version__
from aeeval.errors import Skipped, StoreError
from aeeval.report.figures import FIGURES
from aeeval.report.figures.subject import Subject
from aeeval.report.scene import scene
from aeeval.report.sections import Entrant, Section
from aeeval.report.site.html import script
from aeeval.report.site.site import Site
from aeeval.report.site.thumbnail import thumbnail

FORMAT, QUALITY = "webp", 85  # a quarter of the bytes of PNG, and every browser of the last years reads it
SIDE = 8  # hexadecimal digits that tell a picture from an older one of the same name
SCENE, SMALL = "scene", "thumbnail"
WORDS = {
    SCENE: "What it represents: the surface M = g(Rᵏ), {0}; it fades where no codes hold it. Drag to turn.",
    SMALL: "",
    "representation": "Seen from three sides: from the training rows, beyond them, and as it samples.",
    "implementation": "How it is implemented: the round trip x → z → x̂, layer by layer.",
    "extrapolation": "Beyond the support: error over the distance from it, beside PCA and the mean.",
    "spectrum": "Directions that M has, that it keeps along the manifold, and that it adds off it.",
    "latent": "The latent space: where the codes are, and what each sampler takes for likely.",
    "samples": "Samples, by each sampler.",
    "images": "Originals, reconstructions, their difference, and walks through the latent space.",
}


@dataclass(frozen=True)
class Picture:
    """One picture of a page: its kind, what it shows, and its file; or the `reason` why there is none.

    `content` is None where the file is there already, from an earlier time that the site was made.
    """

    kind: str
    words: str
    file: str = ""
    content: bytes | str | None = None
    reason: str = ""


def pictures(site: Site, section: Section, who: Entrant, task: str, latent_dim: int, path: str) -> list[Picture]:
    """The pictures at a code length; [] where nothing is stored that they could be drawn from."""
    stored = site.stored.of(section.digest, task, who).get(latent_dim)
    if stored is None:
        return []
    beside = site.beside(section, task, latent_dim)
    try:
        subject = Subject(who[0], task, latent_dim, stored.read(), beside.listed)
    except StoreError as error:
        return [Picture("representation", WORDS["representation"], reason=str(error))]
    stem = path.removesuffix(".html") + f"-k{latent_dim}"
    found = list(_drawn(site, subject, stem, _digest(subject, beside.digest)))
    small = next((one.file for one in found if one.kind == SMALL), "")
    site.small.setdefault((section.digest, task, who), {})[latent_dim] = small
    return found


def _drawn(site: Site, subject: Subject, stem: str, digest: str) -> Iterator[Picture]:
    """Each kind of picture; a file is drawn unless it is there, and its digest says whether it is."""
    kinds = dict.fromkeys((SMALL, SCENE, "implementation", "images", *FIGURES))  # in the order of the page
    for kind in (one for one in kinds if one != "images" or "image" in subject.arrays):
        file = f"{stem}-{kind}-{digest}.{'js' if kind == SCENE else FORMAT}"
        where = "over the true manifold" if "manifold_0" in subject.arrays else "among the training rows"
        words = (WORDS[kind] if kind in WORDS else FIGURES.summary(kind)).format(where)
        if site.out is not None and (site.out / file).is_file():
            yield Picture(kind, words, file)
            continue
        try:
            yield Picture(kind, words, file, _content(subject, kind, file))
        except Skipped as reason:
            yield Picture(kind, words, reason=str(reason))


def _content(subject: Subject, kind: str, file: str) -> bytes | str:
    if kind == SCENE:
        return script(file, scene(subject.arrays, subject.title))
    figure = thumbnail(subject) if kind == SMALL else FIGURES.get(kind)(subject)
    buffer = io.BytesIO()
    figure.savefig(buffer, format=FORMAT, pil_kwargs={"quality": QUALITY, "method": 4})
    return buffer.getvalue()


def _digest(subject: Subject, records: bytes) -> str:
    """Of all that pictures are drawn from, and of who draws them."""
    found = hashlib.sha256(__version__.encode() + records)
    for name, array in sorted(subject.arrays.items()):
        found.update(name.encode() + array.tobytes())
    return found.hexdigest()[:SIDE]
