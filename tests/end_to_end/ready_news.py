"""What is said of an export that is ready, for tests of mails and webhooks."""

from framehaul.pipelines.notify.news import Event, News

READY = News(
    event=Event.READY,
    export_id="x",
    exit_code=0,
    url="s3://bucket/exports/x",
    host="worker-1",
    tool="framehaul 0.1.0",
    selection="汽车, Complete",
    finished_at="2026-11-22T12:01:03.000Z",
    seconds=63.2,
    records=2,
)
