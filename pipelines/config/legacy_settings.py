"""The section ``export.fields.legacy``: the fields that a record of the legacy generation has."""

from typing import Annotated

from pydantic import AfterValidator, Field

from framehaul.pipelines.config.setting_values import Section
from framehaul.transforms.storage.redaction import carries_secret


def _check_host(url: str | None) -> str | None:
    if url is None:
        return None
    if carries_secret(url) or not url.startswith(("https://", "http://")) or "?" in url:
        raise ValueError("a host is like https://annotations.example, without credentials and parameters")
    return url


class LegacySection(Section):
    """One toggle for each field on the platform's export page; the last two were off there, too."""

    labeled_at: bool = Field(True, description="`labeledAt` of the asset")
    reviewed_at: bool = Field(True, description="`reviewedAt` of the asset")
    status: bool = Field(True, description="`status` of the asset")
    label_duration: bool = Field(True, description="`labelDuration(ms)`")
    consensus: bool = Field(True, description="`consensus`")
    batch_name: bool = Field(True, description="`batches`")
    completion_info: bool = Field(True, description="`completedBy`, `completedAt` of a task")
    duration: bool = Field(True, description="`duration(ms)` of a task")
    skip_info: bool = Field(True, description="`isSkipped`")
    review: bool = Field(True, description="`review`")
    task_status: bool = Field(True, description="`status` of a task")
    update_info: bool = Field(True, description="`updatedBy`, `updatedAt` of a task")
    benchmark: bool = Field(True, description="`isBenchmark`, `benchmark`")
    issues: bool = Field(True, description="`issues` of a task")
    mask_urls: bool = Field(True, description="`masks` of an object")
    segmentation_points: bool = Field(False, description="`segmentation` of an object, which may be large")
    box_image_content: bool = Field(False, description="`pdf.content.image` of an object")
    mask_host: Annotated[str | None, AfterValidator(_check_host)] = Field(
        None, description="where URLs of masks point to that the source does not have"
    )
