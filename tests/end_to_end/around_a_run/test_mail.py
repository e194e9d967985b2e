"""Mail through a real server: it arrives once, encrypted, or it is told why it did not."""

import socket
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from end_to_end.mail_server import PASSWORD, USER, Mailbox, mail_server
from end_to_end.ready_news import READY
from framehaul.pipelines.notify import attempts, mail
from framehaul.pipelines.notify.attempts import NotSentError
from framehaul.pipelines.notify.mail import MailServer
from framehaul.pipelines.notify.news import Event
from storage.server_process import free_port

NEWS = msgspec.structs.replace(READY, export_id="straße-1")


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attempts, "FIRST_WAIT_S", 0.01)
    monkeypatch.setattr(attempts, "GIVE_UP_AFTER_S", 0.2)


@pytest.fixture(scope="module")
def starttls(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mailbox]:
    with mail_server(tmp_path_factory.mktemp("starttls")) as mailbox:
        yield mailbox


@pytest.fixture
def mailbox(starttls: Mailbox, monkeypatch: pytest.MonkeyPatch) -> Mailbox:
    """A server with STARTTLS and a login, whose authority is trusted."""
    monkeypatch.setenv("SSL_CERT_FILE", str(starttls.authority))
    starttls.messages.clear()
    starttls.recipients.clear()
    starttls.refused, starttls.busy = set(), 0
    return starttls


def through(
    port: int,
    security: str = "starttls",
    login: tuple[str, str] | None = (USER, PASSWORD),
    to: tuple[str, ...] = ("a@example.com", "b@example.com"),
    host: str = "127.0.0.1",
) -> MailServer:
    return MailServer(host, port, security, "exports@example.com", to, login)


def problem_of(server: MailServer) -> str:
    with pytest.raises(NotSentError) as raised:
        server.send(NEWS)
    assert PASSWORD not in str(raised.value)
    assert "hunter2" not in str(raised.value)
    return str(raised.value)


def test_mail_goes_to_everybody_in_plain_text_and_html(mailbox: Mailbox) -> None:
    through(mailbox.port).send(NEWS)
    (message,) = mailbox.messages
    assert mailbox.recipients == [["a@example.com", "b@example.com"]]
    assert message["Subject"] == "Framehaul: Export straße-1 is ready"
    assert message["To"] == "a@example.com, b@example.com"
    assert message["Auto-Submitted"] == "auto-generated"
    plain, page = message.get_body(("plain",)), message.get_body(("html",))
    assert plain is not None
    assert page is not None
    assert "汽车, Complete" in plain.get_content()
    assert "汽车, Complete" in page.get_content()


def test_the_same_news_has_the_same_message_id(mailbox: Mailbox) -> None:
    through(mailbox.port).send(NEWS)
    through(mailbox.port).send(NEWS)
    through(mailbox.port).send(msgspec.structs.replace(NEWS, event=Event.FAILED))
    first, again, other = (message["Message-ID"] for message in mailbox.messages)
    assert first == again != other


@pytest.mark.parametrize("security", ["tls", "none"])
def test_mail_goes_through_tls_from_the_start_and_on_a_trusted_network_without(
    security: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with mail_server(tmp_path, security, with_login=security == "tls") as mailbox:
        monkeypatch.setenv("SSL_CERT_FILE", str(mailbox.authority))
        through(mailbox.port, security, (USER, PASSWORD) if security == "tls" else None).send(NEWS)
        assert len(mailbox.messages) == 1


def test_a_server_that_is_busy_is_asked_again(mailbox: Mailbox) -> None:
    mailbox.busy = 2
    through(mailbox.port).send(NEWS)
    assert len(mailbox.messages) == 1


def test_a_recipient_that_is_refused_is_named_and_the_others_have_it_once(mailbox: Mailbox) -> None:
    mailbox.refused = {"b@example.com"}
    assert "refuses b@example.com (550 no such user)" in problem_of(through(mailbox.port))
    assert mailbox.recipients == [["a@example.com"]]
    mailbox.refused = {"a@example.com", "b@example.com"}
    assert "refuses a@example.com (550 no such user), b@example.com" in problem_of(through(mailbox.port))
    assert len(mailbox.messages) == 1


def test_a_wrong_password_is_told_without_being_shown(mailbox: Mailbox) -> None:
    said = problem_of(through(mailbox.port, login=(USER, "hunter2")))
    assert f"127.0.0.1:{mailbox.port} does not accept this user and password (535" in said
    assert mailbox.messages == []


def test_a_certificate_that_is_not_trusted_ends_it(mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    assert "has a certificate that is not trusted here" in problem_of(through(mailbox.port))
    assert mailbox.messages == []


def test_a_server_without_tls_gets_nothing(tmp_path: Path) -> None:
    with mail_server(tmp_path, "none", with_login=False) as mailbox:
        assert "STARTTLS" in problem_of(through(mailbox.port))
        assert "does not speak TLS there" in problem_of(through(mailbox.port, "tls"))
        assert mailbox.messages == []


def test_a_server_that_is_not_there_is_told() -> None:
    assert "cannot be reached: Connection refused" in problem_of(through(free_port()))
    assert "is a host that is not known here" in problem_of(through(25, host="no-such-host.invalid"))


def test_a_server_that_says_nothing_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mail, "ANSWER_WITHIN_S", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        said = problem_of(through(silent.getsockname()[1]))
    assert "does not answer within 0.2 s" in said
