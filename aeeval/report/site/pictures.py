"""The pictures of a submission on a task: which there are, and the files that hold them."""

import hashlib
import io
from dataclasses import dataclass

from aeeval import __version__
from aeeval.errors import Skipped, StoreError
from aeeval.report.figures import FIGURES
from aeeval.report.figures.subject import Subject
from aeeval.report.sections import Entrant, Section, is_reference
from aeeval.report.site.site import Site

FORMAT, QUALITY = "webp", 85  # a quarter of the bytes of PNG, and every browser of the last years reads it
SIDE = 8  # hexadecimal digits that tell a picture from an older one of the same name
WORDS = {
    "representation": "What it represents: M = g(Rᵏ) over the true manifold; it fades where no codes hold it.",
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
    content: bytes | None = None
    reason: str = ""


def pictures(site: Site, section: Section, who: Entrant, task: str, latent_dim: int, path: str) -> list[Picture]:
    """The pictures at a code length; [] where no run has stored what they are drawn from."""
    if latent_dim not in site.stored.lengths(section.digest, task, who):
        return []
    try:
        subject = _subject(site, section, who, task, latent_dim)
    except StoreError as error:
        return [Picture("representation", WORDS["representation"], reason=str(error))]
    stem = f"{path.removesuffix('.html')}-k{latent_dim}"
    digest = _digest(subject)
    wanted = [kind for kind in FIGURES if kind != "images" or "image" in subject.arrays]
    return [_picture(site, subject, kind, f"{stem}-{kind}-{digest}.{FORMAT}") for kind in wanted]


def _subject(site: Site, section: Section, who: Entrant, task: str, latent_dim: int) -> Subject:
    """The arrays, and the records of everybody on the task at that code length."""
    records = [
        record
        for (of, one), some in site.pairs[section.digest].items()
        if of == task
        for record in (some if is_reference(one) else some.where(latent_dim=latent_dim))
    ]
    return Subject(who[0], task, latent_dim, site.stored.read(section.digest, task, who, latent_dim), records)


def _picture(site: Site, subject: Subject, kind: str, file: str) -> Picture:
    if site.out is not None and (site.out / file).is_file():
        return Picture(kind, WORDS[kind], file)
    try:
        made = FIGURES.get(kind)(subject)
    except Skipped as reason:
        return Picture(kind, WORDS[kind], reason=str(reason))
    buffer = io.BytesIO()
    made.savefig(buffer, format=FORMAT, pil_kwargs={"quality": QUALITY, "method": 4})
    return Picture(kind, WORDS[kind], file, buffer.getvalue())


def _digest(subject: Subject) -> str:
    """Of all that a picture is drawn from, and of who draws it."""
    found = hashlib.sha256(__version__.encode())
    for name, array in sorted(subject.arrays.items()):
        found.update(name.encode() + array.tobytes())
    for record in subject.records:
        found.update(record.to_json().encode())
    return found.hexdigest()[:SIDE]
