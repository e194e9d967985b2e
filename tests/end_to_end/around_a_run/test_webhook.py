"""Webhooks at a real receiver: signed, at least once, and never longer than it is worth."""

import hashlib
import hmac
import socket
import threading
import time
from collections.abc import Iterator

import pytest

from end_to_end.ready_news import READY
from end_to_end.web_receiver import Received, Receiver, web_receiver
from framehaul.pipelines.notify import attempts, notices, webhook
from framehaul.pipelines.notify.attempts import NotSentError
from framehaul.pipelines.notify.news import News
from framehaul.pipelines.notify.notices import send_to_all
from framehaul.pipelines.notify.webhook import Webhook
from storage.server_process import free_port

KEY = "not-to-be-found-anywhere"


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attempts, "FIRST_WAIT_S", 0.01)
    monkeypatch.setattr(attempts, "GIVE_UP_AFTER_S", 0.3)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with web_receiver() as running:
        yield running


def problem_of(url: str) -> str:
    with pytest.raises(NotSentError) as raised:
        Webhook(url, KEY).send(READY)
    for secret in (KEY, "hidden", "token"):
        assert secret not in str(raised.value)
    return str(raised.value)


def assert_signed(request: Received) -> None:
    """As pipelines/README.md, "Notifications", says that a receiver does it."""
    timestamp = request.headers["X-Framehaul-Timestamp"]
    signed = hmac.new(KEY.encode(), timestamp.encode() + b"." + request.body, hashlib.sha256).hexdigest()
    assert hmac.compare_digest(request.headers["X-Framehaul-Signature"], f"sha256={signed}")
    assert abs(time.time() - int(timestamp)) < 60


def test_a_message_is_json_and_signed(receiver: Receiver) -> None:
    Webhook(f"{receiver.url}/hooks/exports?team=1", KEY).send(READY)
    (request,) = receiver.received
    assert_signed(request)
    assert request.path == "/hooks/exports?team=1"
    assert request.headers["Content-Type"] == "application/json"
    assert request.headers["Idempotency-Key"] == "x:ready"
    assert request.headers["X-Framehaul-Event"] == "ready"
    assert request.headers["User-Agent"] == "framehaul/0.1.0"
    content = request.content
    assert (content["event"], content["exportId"], content["exitCode"]) == ("ready", "x", 0)
    assert (content["selection"], content["records"], content["link"]) == ("汽车, Complete", 2, None)


def test_it_is_sent_again_until_it_is_taken_with_one_idempotency_key(receiver: Receiver) -> None:
    receiver.answers = [500, 429, 503, 202]
    Webhook(receiver.url, KEY).send(READY)
    assert len(receiver.received) == 4
    assert {request.headers["Idempotency-Key"] for request in receiver.received} == {"x:ready"}
    for request in receiver.received:
        assert_signed(request)


def test_a_receiver_that_fails_for_good_is_given_up(receiver: Receiver) -> None:
    receiver.answers = [500] * 1000
    assert problem_of(f"{receiver.url}/hidden") == "127.0.0.1 answers with HTTP 500"
    assert len(receiver.received) > 1


def test_a_message_that_is_refused_is_not_sent_again(receiver: Receiver) -> None:
    receiver.answers = [410]
    assert problem_of(receiver.url) == "127.0.0.1 answers with HTTP 410"
    assert len(receiver.received) == 1


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_is_not_followed(receiver: Receiver, status: int) -> None:
    receiver.answers = [status]
    assert f"answers with a redirect ({status}), which is not followed" in problem_of(receiver.url)
    assert [request.path for request in receiver.received] == ["/"]


def test_a_receiver_that_hangs_is_left_and_asked_again(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhook, "ANSWER_WITHIN_S", 0.1)
    receiver.answers = [0, 204]
    Webhook(receiver.url, KEY).send(READY)
    assert len(receiver.received) == 2
    receiver.answers = [0] * 100
    assert problem_of(receiver.url) == "127.0.0.1 does not answer within 0.1 s"


def test_a_receiver_that_never_ends_its_answer_does_not_hold_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notices, "LONGEST_S", 0.5)
    ended = threading.Event()

    def drip(server: socket.socket) -> None:
        connection, _ = server.accept()
        with connection:
            connection.sendall(b"HTTP/1.1 200 OK\r\nX-Slow: ")
            while not ended.wait(0.05):
                connection.sendall(b"a")

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=drip, args=(server,), daemon=True)
        thread.start()
        problems = send_to_all(
            READY, {"webhook": Webhook(f"http://127.0.0.1:{server.getsockname()[1]}", KEY)}
        )
        ended.set()
        thread.join()
    assert problems == {"webhook": "had not taken it after 0.5 s"}


def test_a_receiver_that_is_not_there_is_told() -> None:
    assert problem_of(f"http://127.0.0.1:{free_port()}/token") == "127.0.0.1 cannot be reached, or hangs up"
    assert (
        problem_of("https://no-such-host.invalid/token")
        == "no-such-host.invalid is a host that is not known here"
    )


def test_one_channel_that_fails_does_not_keep_another_from_being_told(receiver: Receiver) -> None:
    class Broken:
        def send(self, news: News) -> None:
            raise RuntimeError(KEY)

    problems = send_to_all(READY, {"broken": Broken(), "webhook": Webhook(receiver.url, KEY)})
    assert problems == {"broken": "a bug in framehaul (RuntimeError)"}
    assert len(receiver.received) == 1
