"""Assets of the sample, with the keys that the record of a task takes over from its asset."""

from dataclasses import dataclass
from typing import Literal, get_args
from urllib.parse import quote

from framehaul.pipelines.sample.draws import Draws
from framehaul.pipelines.sample.names import BATCHES, FILE_STEMS, MARKDOWN, SENTENCES
from framehaul.pipelines.sample.projects import CHATS, DOCUMENTS, SCANS, STREETS, Project

Kind = Literal["image", "pages", "slices", "volume", "pdf", "text", "markdown", "audio", "chat", "video"]
KINDS: tuple[Kind, ...] = get_args(Kind)
Record = dict[str, object]

# how many of a hundred assets are of a kind; videos are counted by themselves
_SHARES: dict[Kind, int] = {
    "image": 52, "pages": 11, "slices": 4, "volume": 4, "pdf": 8,
    "text": 9, "markdown": 3, "audio": 5, "chat": 4,
}  # fmt: skip
_DRAWN_KINDS = tuple(kind for kind, share in _SHARES.items() for _ in range(share))
_PROJECT_OF = {kind: project for project in (STREETS, DOCUMENTS, SCANS, CHATS) for kind in project.tools}
_SUFFIX: dict[Kind, str] = {
    "image": ".jpg", "pages": ".png", "slices": ".dcm", "volume": ".nrrd", "pdf": ".pdf",
    "text": ".txt", "markdown": ".md", "audio": ".wav", "chat": ".json", "video": ".mp4",
}  # fmt: skip
_SIZES = ((640, 480), (1280, 720), (1920, 1080), (1936, 1216), (3840, 2160))
_QUOTED_STEMS = {stem: quote(stem, safe="") for stem in FILE_STEMS}
_RATES = (24, 25, 30, 60)
_IMPORTED_MS = 1_735_689_600_000  # 2025-01-01, before the first task was made; one asset a second


@dataclass(frozen=True, slots=True)
class Asset:
    """One asset.

    Attributes:
        fields: the keys of a task's record that describe the asset, in their order.
        width, height: in pixels; a size to draw in where the kind has none.
        pages: members of ``dataset``, 0 for an asset with no pages of its own.
    """

    kind: Kind
    project: Project
    fields: Record
    width: int
    height: int
    pages: int


def draw_asset(seed: int, index: int) -> Asset:
    """The asset at ``index``: an image, a document, a recording, a scan or a chat."""
    draws = Draws(seed, "asset", index)
    kind = draws.pick(_DRAWN_KINDS)
    width, height = draws.pick(_SIZES)
    metadata: Record = {}
    if kind in ("image", "pages", "slices") and draws.chance(0.9):  # the others were never opened
        metadata = {"width": width, "height": height}
    pages = 2 + draws.below(8) if kind in ("pages", "slices") else 0
    if kind == "slices":
        metadata["frameTotal"] = pages  # beside a dataset this does not make it a video
    return _asset(draws, kind, index, (width, height, pages), metadata)


def draw_video(seed: int, index: int, frames: int) -> Asset:
    """The video at ``index``, ``frames`` frames long."""
    draws = Draws(seed, "video asset", index)
    width, height = draws.pick(_SIZES)
    metadata: Record = {
        "width": width,
        "height": height,
        "frameTotal": frames,
        "frameRate": draws.pick(_RATES),
    }
    return _asset(draws, "video", index, (width, height, 0), metadata)


def _asset(draws: Draws, kind: Kind, index: int, size: tuple[int, int, int], metadata: Record) -> Asset:
    width, height, pages = size
    project = _PROJECT_OF[kind]
    stem, suffix = draws.pick(FILE_STEMS), _SUFFIX[kind]
    # a camera's counter starts again now and then, so names are not unique
    number = draws.below(50) if draws.chance(0.1) else index
    url = f"https://files.example/{project.project_id}/{_QUOTED_STEMS[stem]}_{number:06d}"
    urls = [f"{url}/{page:03d}{suffix}" for page in range(pages)]
    fields: Record = {
        "projectId": project.project_id,
        "assetId": draws.database_id(_IMPORTED_MS + 1000 * index),
        "asset": urls[0] if urls else draws.pick(MARKDOWN) if kind == "markdown" else url + suffix,
        "externalId": f"{stem}_{number:06d}{suffix}",
        "metadata": metadata,
        **_context(draws, url),
    }
    if urls:
        fields["dataset"] = urls
    fields["batches"] = _batches(draws)
    return Asset(kind, project, fields, width, height, pages)


def _context(draws: Draws, url: str) -> Record:
    context: Record = {}
    if draws.chance(0.3):
        context["contextData"] = {
            "camera": f"cam-{draws.below(8)}",
            "lux": draws.between(1, 900),
            "route": ["A9", "北"],
        }
    if draws.chance(0.1):
        picture = {"type": "IMAGE", "value": f"{url}-reference.png"}
        context["attachments"] = [picture, {"type": "TEXT", "value": draws.pick(SENTENCES)}]
    return context


def _batches(draws: Draws) -> list[str | None]:
    names: list[str | None] = [draws.pick(BATCHES) for _ in range(draws.below(3))]
    if draws.chance(0.05):
        names.append(None)  # a batch that was deleted
    return list(dict.fromkeys(names))
