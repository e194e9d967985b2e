"""Tools and classifications of every kind that the format knows, for exports made by hand."""

import random
from collections.abc import Iterator
from typing import Any

Json = dict[str, Any]

TITLES = ("Car", "Łódź", "日本", "🦆 duck", 'quo"te\\')
EPOCH, ISO = 1714636800000, "2024-05-02T08:00:01.120Z"


class HandmadeAnnotations:
    """A source of annotations; the same seed gives the same ones."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def tool(self, shape: str, metadata: Json) -> Json:
        only_radio = shape == "bounding-box"  # all that the uniform export has
        return {
            shape: SHAPES[shape](self),
            "objectId": self.new_id(23),
            "classifications": [
                self.classification("radio", 0) if only_radio else self.classification(None, 2)
            ],
            "metadata": metadata,
            "schemaId": self.new_id(23),
            "title": self.random.choice(TITLES),
        }

    def frame_rows(self, first: int, frames: int) -> Iterator[Json]:
        for page in range(first, first + frames):
            box = {"x": page / 3, "y": page, "height": 20, "width": 20}
            head = {"bounding-box": box, "objectId": "track", "classifications": [], "schemaId": "s1"}
            yield {**head, "page": page, "interpolationStopped": False, "title": "Car"}

    def classification(self, tool: str | None, depth: int) -> Json:
        tool = tool or self.random.choice(list(_ANSWERS))
        return {
            "objectId": self.new_id(23),
            "schemaId": self.new_id(23),
            "tool": tool,
            "title": f"{tool}?",
            "answer": self.random.choice(_ANSWERS[tool]),
            "classifications": [self.classification(None, depth - 1) for _ in range(2)] if depth else [],
        }

    def annotation_metadata(self) -> Json:
        return {"createdAt": self.random.choice([EPOCH, ISO]), "createdBy": "lab@example.org"}

    def new_id(self, length: int) -> str:
        return f"{self.random.getrandbits(length * 4):0{length}x}"

    def number(self) -> float:
        """A coordinate: whole, of two decimals, or with all its digits, as interpolation leaves it."""
        value = self.random.random() * 1000
        return self.random.choice([int(value), round(value, 2), value])

    def points(self, count: int) -> list[list[float]]:
        return [[self.number(), self.number()] for _ in range(count)]


_ANSWERS: dict[str, list[Any]] = {
    "radio": ["Yes", "No"],
    "checkbox": [["A", "B"], [], None],
    "text": ['free "text"\n', "42", "2024-05-02", "null", ""],
    "tree-dropdown": [["A / B", "A / C"]],
}

SHAPES: dict[str, Any] = {
    "bounding-box": lambda source: {side: source.number() for side in ("x", "y", "height", "width")},
    "polygon": lambda source: source.points(5),
    "polyline": lambda source: source.points(3),
    "point": lambda source: source.points(1)[0],
    "rotated-bounding-box": lambda source: {
        "x": source.number(),
        "rotation": -12.5,
        "corners": source.points(4),
    },
    "segmentation": lambda source: {
        "zones": [
            {"region": source.points(6), "holes": [source.points(3)]},
            {"region": source.points(3), "holes": []},
        ]
    },
    "ner": lambda _: {"start": 5, "end": 11, "selection": "Zażółć"},
    "pdf": lambda source: {
        "position": {"boundingRect": {"x1": source.number()}, "rects": [], "pageNumber": 1},
        "content": {"image": "data:image/png;base64,AA=="},
    },
    "angle": lambda _: {"vertex": [1, 2, 3], "p1": [0, 0, 0], "p2": [4, 5, 6], "angle": 41.5},
}

# The same keys with other contents: boxes and tape measures of medical volumes, text in a box, a voxel brush.
OTHER_CONTENTS: list[Json] = [
    {"bounding-box": {"x1": 1, "y1": 2, "z1": 3, "x2": 4, "y2": 5.5, "z2": 6}},
    {"polyline": {"x1": 1, "y1": 2, "z1": 3, "x2": 4, "y2": 5.5, "z2": 6}},
    {"bounding-box": {"x": 1, "y": 2, "height": 3, "width": 4}, "ocr": {"text": "7 €"}},
    {"medical-brush": True},
]
