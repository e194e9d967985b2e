"""What is redacted is gone, at any depth and in any disguise; the rest of the record stays as it was."""

import orjson
import pytest

from framehaul.transforms.reasons import Reason
from framehaul.transforms.records.dead_letter import DeadLetter
from framehaul.transforms.records.record_redaction import redacted
from framehaul.transforms.storage.redaction import redact_values

KEYS = frozenset({"email", "metadata"})


def letter(record: bytes, detail: str = "why") -> DeadLetter:
    return DeadLetter("tasks", (0, 1), Reason.WRONG_TYPE, detail, record)


def record_of(record: bytes) -> bytes:
    return redacted(letter(record), KEYS).record


@pytest.mark.parametrize(
    ("record", "kept"),
    [
        (b'{"email":"ann@x.org","taskId":"t"}', b'{"email":"***","taskId":"t"}'),
        (b' {"a": [1e400, {"email": {"home": "ann"}}]} ', b'{"a":[1e400,{"email":"***"}]}'),
        (rb'{"em\u0061il": "ann"}', b'{"email":"***"}'),
        (b'{"email": null, "b": 123456789012345678901234}', b'{"email":"***","b":123456789012345678901234}'),
        (rb'{"a": "{\"email\": \"ann\"}"}', rb'{"a":"{\"email\":\"***\"}"}'),
        (rb'{"a": "{\"email\": \"ann\""}', b'{"a":"***"}'),
        (rb'{"a": "[\"{\\\"email\\\": \\\"ann\\\"}\"]"}', rb'{"a":"[\"{\\\"email\\\":\\\"***\\\"}\"]"}'),
        ('{"ä":"ö","email":"ü"}'.encode(), '{"ä":"ö","email":"***"}'.encode()),
    ],
)
def test_the_values_of_a_key_are_masked_wherever_it_stands(record: bytes, kept: bytes) -> None:
    assert record_of(record) == kept


@pytest.mark.parametrize(
    "record", [b'{"taskId": 5,  "a":[ ]}', rb'{"a": "{not json, and no such key"}', b'{"a": "email"}']
)
def test_a_record_without_such_a_key_keeps_its_bytes(record: bytes) -> None:
    assert record_of(record) == record


def test_without_keys_nothing_is_redacted() -> None:
    broken = letter(b'{"email":')
    assert redacted(broken, frozenset()) is broken


@pytest.mark.parametrize(
    "record",
    [
        *(
            b"ann@x.org;5",
            b'{"name":"ann@x.org"',
            b'"ann@x.org"',
            b'["ann@x.org"]',
            b'{"name":"ann@x.org\xff"}',
        ),
        *(b'{"name":"ann@x.org","n":NaN}', b'{"ann@x.org":' * 20_000, b"'ann@x.org'"),
    ],
)
def test_a_record_whose_keys_cannot_be_told_is_withheld(record: bytes) -> None:
    kept = record_of(record)
    assert kept == b"*** %d bytes that are no JSON object, withheld as limits.redact is set" % len(record)


@pytest.mark.parametrize(
    ("record", "detail", "kept"),
    [
        ({"email": "soon"}, "email is 'soon'; allowed are times", "email is '***'; allowed are times"),
        ({"email": "a"}, "email is 'a'; allowed are times", "email is '***'; allowed are times"),
        ({"email": 7}, "email is 7 or 77", "email is *** or 77"),
        ({"email": True}, "that is true", "that is true"),
        ({"other": "soon"}, "other is 'soon'", "other is 'soon'"),
        ({"metadata": {"x": ["ann@x.org"]}}, 'got `["ann@x.org"]`', 'got `["***"]`'),
        ({"metadata": ["ann@example.org", "apt"]}, 'got `["ann@ex…` at', 'got `["***…` at'),
        ({"metadata": ["größe"]}, 'got `["gr\ufffd…` at', 'got `["***…` at'),
        ({"metadata": "it's\n"}, r"is 'it's\n'", "is '***'"),
    ],
)
def test_a_detail_does_not_repeat_what_is_redacted(record: object, detail: str, kept: str) -> None:
    assert redacted(letter(orjson.dumps(record), detail), KEYS).detail == kept


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ('bad row {"email": "ann", "n": 1}', 'bad row {"email": ***, "n": 1}'),
        ("bad row {'email': 'ann', 'n': 1}", "bad row {'email': ***, 'n': 1}"),
        ('{"email":5}', '{"email":***}'),
        (r'{"email": "a\"nn', '{"email": ***'),
        ('{"metadata": {"a": "ann"}, "n": 1}', '{"metadata": ***'),
        ("email ann", "email ann"),
    ],
)
def test_a_message_does_not_quote_what_is_redacted(text: str, kept: str) -> None:
    assert redact_values(text, KEYS) == kept
