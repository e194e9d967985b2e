"""Fields that a record has besides its core, as ``export.fields`` of the config says."""

from dataclasses import dataclass


@dataclass(frozen=True)
class LegacyToggles:
    """``export.fields.legacy`` of the config, one toggle for each field that the platform's export page offered.

    Attributes:
        mask_host: where the URLs of masks point to; ``None``: only those that the source has are written.
    """

    labeled_at: bool = True
    reviewed_at: bool = True
    status: bool = True
    label_duration: bool = True
    consensus: bool = True
    batch_name: bool = True
    completion_info: bool = True
    duration: bool = True
    skip_info: bool = True
    review: bool = True
    task_status: bool = True
    update_info: bool = True
    benchmark: bool = True
    issues: bool = True
    mask_urls: bool = True
    segmentation_points: bool = False
    box_image_content: bool = False
    mask_host: str | None = None


@dataclass(frozen=True)
class Fields:
    """Choice of what records hold besides their core; see ``export.fields`` of the config.

    Attributes:
        legacy: of records of the legacy generation alone.
    """

    annotation_metadata: bool = True
    stage_history: bool = True
    idle_blur_durations: bool = False
    legacy: LegacyToggles = LegacyToggles()
