"""Records of an export as transforms/README.md, "Record", has them, of every kind that has troubled a reader."""

from typing import Any

from judges.handmade_annotations import EPOCH, ISO, OTHER_CONTENTS, SHAPES, HandmadeAnnotations, Json


class HandmadeRecords(HandmadeAnnotations):
    """A source of records; the same seed gives the same ones."""

    def uniform(self, count: int) -> list[Json]:
        """Images with boxes and one kind of answer, every field of one type: what the plainest reader can do."""
        return [
            self.record(
                number,
                tools=[self.tool("bounding-box", metadata={"createdAt": EPOCH}) for _ in range(number % 4)],
                classifications=[self.classification("radio", depth=0)],
                batches=["Batch A"],
            )
            for number in range(count)
        ]

    def mixed(self, count: int) -> list[Json]:
        """Every shape, every answer, nesting, and optional keys that only some records have."""
        return [self._mixed(number) for number in range(count)]

    def empty(self, count: int) -> list[Json]:
        """Records that nobody has annotated: every list is empty."""
        return [self.record(number, batches=[], stageHistory=[]) for number in range(count)]

    def video(self, asset: int, parts: int, frames: int) -> list[Json]:
        """A long video in ``parts`` records, ``frames`` rows each."""
        return [
            self.record(
                asset,
                taskId=f"65f0aa11bb22cc33dd55{asset:04x}",
                metadata={"width": 1920, "height": 1080, "frameTotal": parts * frames, "frameRate": 29.97},
                tools=list(self.frame_rows(part * frames, frames)),
                part=_part(part, parts, first=part * frames, last=(part + 1) * frames - 1),
            )
            for part in range(parts)
        ]

    def record(self, number: int, **given: Any) -> Json:
        """One record; what is not given is plain. Keys in the order of transforms/README.md, "Record"."""
        task = self._task(given)
        record: Json = {
            "asset": f"https://files.example/{number}.jpg?x=1&y=%20",
            "assetId": f"65f0aa11bb22cc33dd44{number:04x}",
            "externalId": given.pop("externalId", f"img-{number}.jpg"),
            **_taken(given, "dataset", "contextData", "attachments"),
            "metadata": given.pop("metadata", {"width": 640, "height": 480}),
            "batches": given.pop("batches", ["2024-05-02"]),
            "task": task,
            "part": given.pop("part", _part(0, 1, None, None)),
        }
        assert not given, f"a record has no {list(given)}"
        return record

    def _task(self, given: Json) -> Json:
        return {
            "taskId": given.pop("taskId", self.new_id(24)),
            "type": "default",
            "stage": "Complete",
            "stageId": "Complete",
            "updatedAt": ISO,
            "updatedBy": self.random.choice(["rev@example.org", None]),
            "totalDuration": 18000,
            "duration": given.pop("duration", 0),
            **_taken(given, "totalIdleDuration", "consensusAverage", "consensusDetailed"),
            "tools": given.pop("tools", []),
            "classifications": given.pop("classifications", []),
            "relations": given.pop("relations", []),
            **_taken(given, "brushDataUrl", "medicalBrushDataUrl"),
            "stageHistory": given.pop("stageHistory", self._stage_history([], [])),
        }

    def _mixed(self, number: int) -> Json:
        shapes = self.random.sample(list(SHAPES), self.random.randrange(5))
        tools = [self.tool(shape, metadata=self.annotation_metadata()) for shape in shapes]
        tools += self.random.sample(OTHER_CONTENTS, self.random.randrange(3))
        optional: Json = {
            "dataset": ["https://files.example/p0.png", "https://files.example/p1.png"],
            "contextData": self.random.choice([{"a": 1}, {"b": {"c": [1, "x"]}}, {"a": "text", "Ä": None}]),
            "attachments": [{"type": "TEXT", "value": "hi"}, {"type": "IMAGE", "value": "https://x.example"}],
            "metadata": self.random.choice([{}, {"width": 640, "height": 480.5, "own": ["x", 1]}]),
            "consensusAverage": self.random.choice([50, 66.6]),
            "consensusDetailed": [{"Car": 1}, {"Łódź": [2, "x"]}],
            "brushDataUrl": "https://files.example/t1-1714636800000.png",
            "totalIdleDuration": 17,
        }
        kept = {key: value for key, value in optional.items() if self.random.random() < 0.4}
        return self.record(
            number,
            tools=tools,
            classifications=[self.classification(None, depth=self.random.randrange(4)) for _ in range(2)],
            relations=self.random.choice([[], [{"from": "o1", "to": "o2"}], [{"group": ["o1", "o2"]}]]),
            stageHistory=self._stage_history(tools[:1], [self.classification(None, depth=1)]),
            **kept,
        )

    def _stage_history(self, tools: list[Json], classifications: list[Json]) -> list[Json]:
        start = {
            "stage": "Start",
            "stageId": "Start",
            "duration": 0,
            "completedAt": "2024-05-01T00:00:00.000Z",
        }
        nothing: Json = {"tools": [], "classifications": [], "relations": []}
        label = {
            **start,
            "stage": "Label",
            "stageId": "9b0c6a1e-0000-4000-8000-000000000001",
            "duration": 1800,
        }
        answer = {"tools": tools, "classifications": classifications, "relations": []}
        ending = {"taskHistory": {"_id": self.new_id(24)}}
        return [start | nothing, {**label, "completedBy": "lab@example.org", **answer, **ending}]


def _part(index: int, count: int, first: int | None, last: int | None) -> Json:
    return {"index": index, "count": count, "firstPage": first, "lastPage": last}


def _taken(given: Json, *keys: str) -> Json:
    return {key: given.pop(key) for key in keys if key in given}
