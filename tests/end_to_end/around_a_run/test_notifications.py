"""Whole runs that tell how they ended, through real servers; nothing of that changes how they end."""

import json
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import orjson
import pytest

from end_to_end.command import framehaul, write_config
from end_to_end.exports import Json, manifest_of, settings, write_lines
from end_to_end.mail_server import PASSWORD
from end_to_end.told_servers import KEY, Servers, told_servers
from framehaul.pipelines.config.config_file import check_config
from framehaul.pipelines.exports.verify import verify_export
from framehaul.pipelines.run_report import run_with_report
from framehaul.transforms.storage.object_store import ObjectStore

TASKS = [{"taskId": f"t{number}", "stage": "Complete", "assetId": f"a{number}"} for number in range(3)]


@pytest.fixture
def servers(tmp_path: Path) -> Iterator[Servers]:
    with told_servers(tmp_path) as running:
        yield running


def config_in(folder: Path, servers: Servers, source: str = "tasks.ndjson", **notify: Any) -> Json:
    return settings(
        {"tasks": str(folder / source)}, folder / "exports", notify={**servers.notify(), **notify}
    )


def run(
    folder: Path, servers: Servers, source: str = "tasks.ndjson", **environment: str
) -> CompletedProcess[str]:
    path = write_config(folder / "export.yaml", config_in(folder, servers, source))
    return framehaul("run", path, "--export-id", "x", environment=servers.environment() | environment)


def run_here(folder: Path, servers: Servers, **notify: Any) -> None:
    """In this process, which takes a third of the time."""
    config = check_config(config_in(folder, servers, **notify), "the config of the test")
    with pytest.MonkeyPatch.context() as patch:
        for name, value in servers.environment().items():
            patch.setenv(name, value)
        run_with_report(config, "x", [])


def plain_text_of(message: EmailMessage) -> str:
    body = message.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


def assert_no_secret(finished: Any, folder: Path) -> None:
    written = b"".join(path.read_bytes() for path in (folder / "exports").rglob("*") if path.is_file())
    for text in (finished.stdout.encode(), finished.stderr.encode(), written):
        for secret in (PASSWORD, KEY, "hidden-part", "wrong-password"):
            assert secret.encode() not in text


def test_everybody_is_told_of_an_export_that_is_ready(tmp_path: Path, servers: Servers) -> None:
    write_lines(tmp_path / "tasks.ndjson", [orjson.dumps(task) for task in TASKS])
    finished = run(tmp_path, servers)
    assert finished.returncode == 0, finished.stderr
    assert "  notified       e-mail, webhook, CHAT_URL\n" in finished.stdout
    (message,) = servers.mailbox.messages
    assert servers.mailbox.recipients == [["a@example.com", "b@example.com"]]
    assert message["Subject"] == "Framehaul: Export x is ready"
    assert f"{tmp_path}/exports/x on " in plain_text_of(message)
    (request,) = servers.hook.received
    assert request.headers["Idempotency-Key"] == "x:ready"
    content = request.content
    manifest = manifest_of(tmp_path / "exports" / "x")
    assert (content["counts"], content["shards"]) == (manifest["counts"], len(manifest["shards"]))
    assert content["url"] == f"{tmp_path}/exports/x"
    (said,) = servers.chat.received
    assert (said.content["title"], said.content["type"]) == ("Export x is ready", "success")
    assert "notify" not in manifest["config"], "the manifest goes to others, addresses of people do not"
    assert_no_secret(finished, tmp_path)


def test_everybody_is_told_of_a_run_that_has_failed(tmp_path: Path, servers: Servers) -> None:
    finished = run(tmp_path, servers, source="none-*.ndjson")
    assert finished.returncode == 1
    assert finished.stderr.splitlines()[-1].startswith("error: ")
    assert "  notified       e-mail, webhook, CHAT_URL\n" in finished.stderr
    (message,) = servers.mailbox.messages
    assert message["Subject"] == "Framehaul: Export x failed"
    assert "none-*.ndjson matches no file" in plain_text_of(message)
    (request,) = servers.hook.received
    assert request.headers["Idempotency-Key"] == "x:failed"
    content = request.content
    assert (content["event"], content["exitCode"], content["counts"]) == ("failed", 1, None)
    assert "none-*.ndjson matches no file" in content["error"]
    assert servers.chat.received[0].content["type"] == "failure"


def test_too_many_dead_letters_are_told_as_a_failure_with_an_export(tmp_path: Path, servers: Servers) -> None:
    write_lines(tmp_path / "tasks.ndjson", [*map(orjson.dumps, TASKS), b"{"])
    run_here(tmp_path, servers, events=["failed"])
    assert servers.mailbox.messages[0]["Subject"] == "Framehaul: Export x set aside more records than allowed"
    content = servers.hook.received[0].content
    assert (content["event"], content["exitCode"], content["deadLetters"]) == ("failed", 3, {"not_json": 1})
    assert "1 records were set aside, 0 are allowed" in content["error"]
    assert content["counts"]["tasksExported"] == 3


def test_a_notification_that_fails_is_told_and_changes_nothing(tmp_path: Path, servers: Servers) -> None:
    write_lines(tmp_path / "tasks.ndjson", [orjson.dumps(task) for task in TASKS])
    servers.hook.answers, servers.chat.answers = [302], [500]
    finished = run(tmp_path, servers, SMTP_PASSWORD="wrong-password")
    assert finished.returncode == 0, finished.stderr
    assert verify_export(ObjectStore(str(tmp_path / "exports" / "x"))) == []
    for said in (
        f"  not notified   e-mail: 127.0.0.1:{servers.mailbox.port} does not accept this user and password (535",
        "  not notified   webhook: 127.0.0.1 answers with a redirect (302), which is not followed",
        "  not notified   CHAT_URL: the service of CHAT_URL did not take it",
    ):
        assert said in finished.stdout
    events = [json.loads(line) for line in finished.stderr.splitlines()]
    failed = {event["channel"]: event for event in events if event["event"] == "notification_failed"}
    assert set(failed) == {"e-mail", "webhook", "CHAT_URL"}
    assert {event["level"] for event in failed.values()} == {"error"}
    assert_no_secret(finished, tmp_path)


def test_who_does_not_want_an_event_is_not_told_of_it(
    tmp_path: Path, servers: Servers, capsys: pytest.CaptureFixture[str]
) -> None:
    write_lines(tmp_path / "tasks.ndjson", [orjson.dumps(task) for task in TASKS])
    run_here(tmp_path, servers, events=["failed"])
    assert "notified" not in capsys.readouterr().out
    assert [servers.mailbox.messages, servers.hook.received, servers.chat.received] == [[], [], []]


def test_a_secret_that_is_missing_ends_the_run_before_it_begins(tmp_path: Path, servers: Servers) -> None:
    finished = run(tmp_path, servers, HOOK_SECRET="")
    assert finished.returncode == 2
    assert "notify.webhook.secret names the environment variable HOOK_SECRET" in finished.stderr
    assert not (tmp_path / "exports").exists()
