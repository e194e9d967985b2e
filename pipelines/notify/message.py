"""The end of a run in words: a subject, plain text, and HTML."""

import html
import shlex
from collections.abc import Iterator
from datetime import timedelta

from framehaul.pipelines.config.durations import duration_text
from framehaul.pipelines.notify.news import News


def subject(news: News) -> str:
    """Subject of a mail: one line, whatever the id is."""
    return f"Framehaul: {_one_line(news.headline)}"


def plain_text(news: News) -> str:
    rows = "".join(f"{name + ':' if name else '':<12} {text}\n" for name, text in _rows(news))
    return f"{_one_line(news.headline)}.\n\n{rows}{_download_command(news)}"


def html_text(news: News) -> str:
    rows = "".join(
        f"<tr><th align='left' valign='top'>{html.escape(name)}</th><td>{_cell(news, name, text)}</td></tr>\n"
        for name, text in _rows(news)
    )
    way = f"<pre>{html.escape(_download_command(news).strip())}</pre>\n" if _download_command(news) else ""
    return (
        "<!DOCTYPE html>\n<html><body>\n"
        f"<p><strong>{html.escape(_one_line(news.headline))}.</strong></p>\n<table cellpadding='4'>\n{rows}</table>\n{way}"
        "</body></html>\n"
    )


def _rows(news: News) -> Iterator[tuple[str, str]]:
    for name, text in _facts(news):
        yield name, _one_line(text)


def _facts(news: News) -> Iterator[tuple[str, str]]:
    if news.error is not None:
        yield "problem", news.error
    if news.records is not None:
        of_assets = "" if news.assets is None else f" of {news.assets:,} assets"
        yield "records", f"{news.records:,}{of_assets}"
        yield "size", f"{(news.size_bytes or 0) / 1e6:,.1f} MB in {news.shards or 0:,} shards"
    if news.dead_letters:
        reasons = ", ".join(f"{reason} {number:,}" for reason, number in news.dead_letters.items())
        yield "set aside", reasons
    yield "selection", news.selection
    yield "took", duration_text(timedelta(seconds=news.seconds))
    yield "folder", news.url if "://" in news.url else f"{news.url} on {news.host}"
    if news.link is not None:
        yield "link", news.link.url
        yield "", f"{news.link.path}, until {news.link.expires_at}; whoever has the link can read it"


def _download_command(news: News) -> str:
    return "" if news.records is None else f"\nframehaul download {shlex.quote(_one_line(news.url))} DIR\n"


def _cell(news: News, name: str, text: str) -> str:
    if news.link is not None and name == "link":
        return f'<a href="{html.escape(text)}">{html.escape(news.link.path)}</a>'
    return html.escape(text)


def _one_line(text: str) -> str:
    """Put a text from outside, like an id or an error, on one line, so that it begins no line and no header."""
    return " ".join("".join(character if character.isprintable() else " " for character in text).split())
