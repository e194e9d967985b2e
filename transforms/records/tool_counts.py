"""Numbers of tools, as the manifest tells them."""

import msgspec


class ToolCounts(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Figures of the tools of one answer, for the manifest.

    Attributes:
        titles: number of tools by ``title``; ``""`` where there is none.
        key_rows: rows of a video that a person made; 0 for other assets.
        computed_rows: rows of a video that were computed, here or by the editor.
    """

    titles: dict[str, int]
    key_rows: int = 0
    computed_rows: int = 0
