"""Objects, classifications and relations as the legacy generation has them.

Differences from v3 (transforms/README.md, "Legacy export"): ``segmentation`` and the image of a drawn area of a PDF
are left out unless they are asked for, objects may name their masks, classifications have no ``objectId``, and times of
annotation metadata are ISO-8601. A classification that has a ``page`` keeps its ``objectId`` all the same: where a
question has two answers in a video, nothing else tells which frames belong to which.
"""

from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from framehaul.transforms.errors import InvalidRecordError
from framehaul.transforms.formats.json_text import rewrite
from framehaul.transforms.kinds.ango.answer import Answer
from framehaul.transforms.records.fields import LegacyToggles
from framehaul.transforms.records.times import format_time, parse_time

_MASKED = ("segmentation", "brush")  # tools whose area the platform also keeps as a picture
_TIMES = ("createdAt", "updatedAt")


def legacy_answer(answer: Answer, task_id: str, toggles: LegacyToggles, *, has_page: bool = False) -> Answer:
    """``answer`` with its annotations in their legacy form.

    Args:
        has_page: whether its rows are those of one frame, from the ``frames`` table.

    Raises:
        InvalidRecordError: ``too_deep``, since annotations are written anew.
    """
    return Answer(
        _each(answer.tools, lambda row: legacy_object(row, task_id, toggles)),
        _each(answer.classifications, lambda row: _classification(row, keeps_id=has_page)),
        _each(answer.relations, _with_iso_times),
    )


def _each(content: bytes, rule: Callable[[Any], Any]) -> bytes:
    return content if content == b"[]" else rewrite(content, lambda rows: [rule(row) for row in rows])


def legacy_object(row: Any, task_id: str, toggles: LegacyToggles) -> Any:
    """An object in its legacy form; a row that is no JSON object stays as it is."""
    if not isinstance(row, dict):
        return row
    made = _with_iso_times(row)
    if not toggles.segmentation_points:
        made.pop("segmentation", None)
    if not toggles.mask_urls:
        made.pop("masks", None)
    elif toggles.mask_host and row.get("masks") is None and any(key in row for key in _MASKED):
        made["masks"] = [_mask_url(toggles.mask_host, row.get("objectId"), task_id)]
    if not toggles.box_image_content and "pdf" in made:
        made["pdf"] = _without_image(made["pdf"])
    if isinstance(made.get("classifications"), list):
        made["classifications"] = [_classification(nested) for nested in made["classifications"]]
    return made


def _mask_url(host: str, object_id: Any, task_id: str) -> str:
    annotation = object_id if isinstance(object_id, str) else ""
    return (
        f"{host.rstrip('/')}/v2/mask?annotation={quote(annotation, safe='')}&task={quote(task_id, safe='')}"
    )


def _without_image(pdf: Any) -> Any:
    content = pdf.get("content") if isinstance(pdf, dict) else None
    if not isinstance(content, dict) or "image" not in content:
        return pdf
    return {**pdf, "content": {key: value for key, value in content.items() if key != "image"}}


def _classification(row: Any, *, keeps_id: bool = False) -> Any:
    if not isinstance(row, dict):
        return row
    made = _with_iso_times(row)
    if not keeps_id and made.get("page") is None:
        made.pop("objectId", None)
    if isinstance(made.get("classifications"), list):
        made["classifications"] = [_classification(nested) for nested in made["classifications"]]
    return made


def _with_iso_times(row: Any) -> Any:
    """A copy of an annotation with the times of its metadata as ISO-8601; a number that is no time stays."""
    if not isinstance(row, dict):
        return row
    metadata = row.get("metadata")
    if not isinstance(metadata, dict) or not any(_is_number(metadata.get(key)) for key in _TIMES):
        return dict(row)
    times = {key: _iso(metadata[key]) for key in _TIMES if _is_number(metadata.get(key))}
    return {**row, "metadata": {**metadata, **times}}


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _iso(milliseconds: float) -> Any:
    try:
        return format_time(parse_time(milliseconds, "metadata"))
    except InvalidRecordError:
        return milliseconds
