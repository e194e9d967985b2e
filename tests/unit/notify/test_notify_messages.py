"""What is said of a run, and that nothing in it can become a header or markup."""

import re
from typing import Any

import msgspec
import pytest

from end_to_end.ready_news import READY
from framehaul.pipelines.config.config_file import check_config
from framehaul.pipelines.notify.mail import compose
from framehaul.pipelines.notify.message import html_text, plain_text, subject
from framehaul.pipelines.notify.news import Event, NewsLink, news_of_failure
from framehaul.pipelines.notify.notices import Notices
from framehaul.transforms.errors import ConfigError, StorageError
from framehaul.transforms.exports.verdict import Verdict

NEWS = msgspec.structs.replace(
    READY,
    export_id="street-20261122T120000Z",
    url="s3://bucket/exports/street-20261122T120000Z",
    selection="street, Complete",
    records=1234,
    assets=567,
    shards=3,
    size_bytes=12_300_000,
    dead_letters={"not_json": 2},
    counts={"records": 1234},
    link=NewsLink(
        path="manifest.json", url="https://store/manifest.json?sig=a&b=c", expires_at="2026-11-23T12:00:00Z"
    ),
)


def test_a_mail_says_what_there_is_and_how_to_get_it() -> None:
    text = plain_text(NEWS)
    for said in (
        "Export street-20261122T120000Z is ready.",
        "1,234 of 567 assets",
        "12.3 MB in 3 shards",
        "not_json 2",
        "street, Complete",
        "1 min 3 s",
        "https://store/manifest.json?sig=a&b=c",
        "until 2026-11-23T12:00:00Z",
        "framehaul download s3://bucket/exports/street-20261122T120000Z DIR",
    ):
        assert said in text
    assert subject(NEWS) == "Framehaul: Export street-20261122T120000Z is ready"


def test_plain_text_and_html_say_the_same() -> None:
    message = compose(NEWS, "exports@example.com", ["a@example.com", "b@example.com"])
    assert message.get_content_type() == "multipart/alternative"
    kinds = [part.get_content_type() for part in message.iter_parts()]
    assert kinds == ["text/plain", "text/html"]
    page = html_text(NEWS)
    assert 'href="https://store/manifest.json?sig=a&amp;b=c"' in page
    words = set(re.findall(r"[\w,.-]{4,}", re.sub(r"<[^>]+>|&\w+;", " ", page)))
    assert words <= set(re.findall(r"[\w,.-]{4,}", plain_text(NEWS)))


def test_an_export_on_a_disk_is_told_with_its_machine() -> None:
    text = plain_text(msgspec.structs.replace(NEWS, url="/data/exports/x", link=None))
    assert "/data/exports/x on worker-1" in text
    assert "link" not in text


def test_too_many_dead_letters_have_words_of_their_own() -> None:
    news = msgspec.structs.replace(
        NEWS,
        event=Event.FAILED,
        exit_code=3,
        verdict=Verdict.TOO_MANY_SET_ASIDE,
        error="2 records were set aside, 0 are allowed",
    )
    assert "set aside more records than allowed" in subject(news)
    assert "2 records were set aside, 0 are allowed" in plain_text(news)
    assert "framehaul download" in plain_text(news), "the export is there"


@pytest.mark.parametrize("field", ["export_id", "selection", "error", "url"])
def test_nothing_becomes_a_header_a_line_or_markup(field: str) -> None:
    evil = "x\r\nBcc: thief@example.com\r\n\r\n<script>alert(1)</script>\u2028y"
    news = msgspec.structs.replace(NEWS, **{field: evil})
    message = compose(news, "exports@example.com", ["a@example.com"])
    assert message["Bcc"] is None
    assert not re.search(rb"^Bcc:", bytes(message), re.MULTILINE)
    assert "\n" not in subject(news)
    assert "<script>" not in html_text(news)
    assert not re.search(r"^Bcc:", plain_text(news), re.MULTILINE)


def config_of(**sections: Any) -> Any:
    return check_config({"source": {"tasks": ["t.ndjson"]}, **sections}, "the config")


def test_an_id_that_is_none_is_made_plain_before_it_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOOK_SECRET", "key")
    hook = {"url": "http://127.0.0.1:9/", "secret": {"env": "HOOK_SECRET"}}
    notices = Notices(config_of(notify={"webhook": hook}), "x\r\nBcc: y" + "z" * 500)
    assert notices._export_id.startswith("x--Bcc--yzzz")
    assert len(notices._export_id) == 200


def test_a_failure_is_told_in_its_own_words_and_a_bug_by_its_kind() -> None:
    config = config_of(output={"url": "s3://bucket/exports"})
    told = news_of_failure(config, "x", StorageError("could not read https://me:hunter2@host/a"), 1.0)
    assert (told.exit_code, told.error) == (1, "could not read https://***@host/a")
    assert told.url == "s3://bucket/exports/x"
    assert news_of_failure(config, "x", ConfigError("wrong"), 1.0).exit_code == 2
    assert "hunter2" not in (news_of_failure(config, "x", KeyError("hunter2"), 1.0).error or "")
    assert told.headline == "Export x failed"
    assert "framehaul download" not in plain_text(told)
