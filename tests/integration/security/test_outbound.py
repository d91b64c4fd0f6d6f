"""Addresses that clients choose: what is refused and why, and that the connection goes where was checked."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from uuid import UUID

import httpx
import pytest

from app.errors import OutboundRefused
from app.security.outbound import OutboundGuard, OutboundPolicy, guarded_client
from tests.conftest import PATIENCE

pytestmark = pytest.mark.integration


class Names:
    """DNS of the test: each question gets the next answer, the last one stays."""

    def __init__(self, **answers: list[str]) -> None:
        self._answers = {name.replace("_", "."): addresses for name, addresses in answers.items()}
        self.asked: list[str] = []

    async def __call__(self, host: str, port: int) -> tuple[str, ...]:
        self.asked.append(host)
        if host not in self._answers:
            raise OSError("unknown name")
        answers = self._answers[host]
        return tuple((answers.pop(0) if len(answers) > 1 else answers[0]).split())


class Receiver:
    """A loopback server that keeps what it was sent and answers the same to everyone."""

    def __init__(self) -> None:
        self.heard: list[bytes] = []
        self.answer = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"
        self.port = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.heard.append(await reader.read(65536))
        writer.write(self.answer)
        await writer.drain()
        writer.close()


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    made = Receiver()
    server = await asyncio.start_server(made.serve, "127.0.0.1", 0)
    made.port = server.sockets[0].getsockname()[1]
    async with server:
        yield made


async def reason(guard: OutboundGuard, url: str) -> str:
    with pytest.raises(OutboundRefused) as refused:
        await guard.check(url)
    for language in ("ru", "en"):
        assert refused.value.text(language)
    return str(refused.value.facts["reason"])


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://crm.example/hook", "not_https"),
        ("ftp://crm.example/hook", "malformed"),
        ("file:///etc/passwd", "malformed"),
        ("gopher://127.0.0.1:6379/_FLUSHALL", "malformed"),
        ("crm.example", "malformed"),
        ("", "malformed"),
        ("https://", "malformed"),
        ("https://crm.example:0/", "malformed"),
        ("https://crm.example:99999/", "malformed"),
        ("https://crm.example/" + "a" * 3000, "malformed"),
        ("https://user:password@crm.example/", "credentials"),
        ("https://crm.example@127.0.0.1/", "credentials"),
        ("https://nowhere.example/", "unresolved"),
        ("https://inside.example/", "private"),
        ("https://mixed.example/", "private"),
        ("https://cloud.example/", "metadata"),
        ("https://INSIDE.example./", "private"),
    ],
)
async def test_a_url_is_refused_with_its_reason(url: str, expected: str) -> None:
    names = Names(
        crm_example=["77.88.8.8"],
        inside_example=["10.0.0.5"],
        mixed_example=["77.88.8.8 10.0.0.5"],
        cloud_example=["169.254.169.254"],
    )
    assert await reason(OutboundGuard(OutboundPolicy(), names), url) == expected


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "2130706433", "0x7f000001", "0177.0.0.1", "127.1", "[::1]", "[::ffff:127.0.0.1]", "localhost"]
)
async def test_no_spelling_of_loopback_gets_through(host: str) -> None:
    assert await reason(OutboundGuard(OutboundPolicy()), f"https://{host}/") in {"loopback", "unresolved", "malformed"}


async def test_a_public_address_is_allowed() -> None:
    guard = OutboundGuard(OutboundPolicy(), Names(crm_example=["77.88.8.8 2a02:6b8::feed:ff"]))
    assert await guard.check("https://crm.example/hook") == ("77.88.8.8", "2a02:6b8::feed:ff")


async def test_http_is_allowed_by_the_setting_but_private_addresses_are_still_not() -> None:
    guard = OutboundGuard(OutboundPolicy(allow_http=True), Names(crm_example=["77.88.8.8"], in_example=["10.0.0.5"]))
    assert await guard.check("http://crm.example/hook")
    assert await reason(guard, "http://in.example/") == "private"


async def test_a_name_that_turns_private_after_the_check_is_refused_when_connecting(receiver: Receiver) -> None:
    names = Names(rebind_example=["77.88.8.8", "127.0.0.1"])
    guard = OutboundGuard(OutboundPolicy(allow_http=True), names)
    url = f"http://rebind.example:{receiver.port}/"
    assert await guard.check(url) == ("77.88.8.8",)
    async with guarded_client(guard, timeout=PATIENCE) as client:
        with pytest.raises(OutboundRefused) as refused:
            await client.post(url, content=b"secret")
    assert refused.value.facts["reason"] == "loopback"
    assert receiver.heard == []


async def test_the_connection_goes_to_the_checked_address_under_the_original_name(receiver: Receiver) -> None:
    origin = f"http://receiver.example:{receiver.port}"
    names = Names(receiver_example=["127.0.0.1", "10.255.255.1"])
    guard = OutboundGuard(OutboundPolicy.of(allow_http=False, allowed_origins=[origin]), names)
    async with guarded_client(guard, timeout=PATIENCE) as client:
        answer = await client.post(f"{origin}/hook", content=b"body")
    assert answer.text == "ok"
    assert names.asked == ["receiver.example"]  # resolved once: no second answer to be tricked by
    assert f"host: receiver.example:{receiver.port}".encode() in receiver.heard[0].lower()


async def test_tls_asks_for_the_name_not_for_the_address(receiver: Receiver) -> None:
    origin = f"https://receiver.example:{receiver.port}"
    guard = OutboundGuard(
        OutboundPolicy.of(allow_http=False, allowed_origins=[origin]), Names(receiver_example=["127.0.0.1"])
    )
    async with guarded_client(guard, timeout=PATIENCE) as client:
        with pytest.raises(httpx.ConnectError):  # the receiver speaks no TLS; its ear heard the client's hello
            await client.get(origin)
    assert b"receiver.example" in receiver.heard[0]


async def test_an_exception_holds_for_its_scheme_host_and_port_only(receiver: Receiver) -> None:
    policy = OutboundPolicy.of(allow_http=False, allowed_origins=[f"http://127.0.0.1:{receiver.port}/"])
    guard = OutboundGuard(policy)
    assert await guard.check(f"http://127.0.0.1:{receiver.port}/demo")
    assert await reason(guard, f"http://127.0.0.1:{receiver.port + 1}/demo") == "not_https"
    assert await reason(guard, f"https://127.0.0.1:{receiver.port}/demo") == "loopback"
    assert await reason(guard, f"http://localhost:{receiver.port}/demo") == "not_https"


async def test_a_redirect_is_an_answer_and_is_not_followed(receiver: Receiver) -> None:
    receiver.answer = (
        b"HTTP/1.1 302 Found\r\nlocation: http://169.254.169.254/latest/meta-data\r\ncontent-length: 0\r\n\r\n"
    )
    origin = f"http://127.0.0.1:{receiver.port}"
    guard = OutboundGuard(OutboundPolicy.of(allow_http=False, allowed_origins=[origin]))
    async with guarded_client(guard, timeout=PATIENCE) as client:
        assert (await client.post(origin)).status_code == 302
    assert len(receiver.heard) == 1


async def test_proxies_of_the_environment_are_not_used(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{receiver.port}")
    guard = OutboundGuard(OutboundPolicy(allow_http=True), Names(in_example=["10.0.0.5"]))
    async with guarded_client(guard, timeout=PATIENCE) as client:
        with pytest.raises(OutboundRefused):
            await client.get("http://in.example/")
    assert receiver.heard == []


async def test_the_next_address_is_tried_when_the_first_does_not_answer(receiver: Receiver) -> None:
    origin = f"http://receiver.example:{receiver.port}"
    names = Names(receiver_example=["::1 127.0.0.1"])  # nobody listens on the first
    guard = OutboundGuard(OutboundPolicy.of(allow_http=False, allowed_origins=[origin]), names)
    async with guarded_client(guard, timeout=PATIENCE) as client:
        assert (await client.get(origin)).status_code == 200


async def test_what_one_receiver_sets_as_a_cookie_reaches_nobody(receiver: Receiver) -> None:
    origin = f"http://127.0.0.1:{receiver.port}"
    guard = OutboundGuard(OutboundPolicy.of(allow_http=False, allowed_origins=[origin]))
    async with guarded_client(guard, timeout=PATIENCE) as client:
        for name in ("one", "two"):
            receiver.answer = f"HTTP/1.1 200 OK\r\nset-cookie: {name}=1; path=/\r\ncontent-length: 0\r\n\r\n".encode()
            await client.post(origin)
        await client.post(origin)
        assert len(client.cookies) == 0
    assert all(b"cookie" not in heard.lower() for heard in receiver.heard)


async def test_the_demo_receivers_are_all_that_may_be_called_of_our_own_program(receiver: Receiver) -> None:
    origin = f"http://127.0.0.1:{receiver.port}"
    for allow_http in (False, True):
        guard = OutboundGuard(OutboundPolicy.of(allow_http=allow_http, demo_origin=origin))
        receiver.heard.clear()
        async with guarded_client(guard, timeout=PATIENCE) as client:
            assert (await client.post(f"{origin}/demo-receiver/{UUID(int=1)}")).status_code == 200
            for path in ("/", "/demo-receiver/", "/demo-receiver/../readyz", f"/demo-receiver/{UUID(int=1)}/../x"):
                with pytest.raises(OutboundRefused):
                    await client.get(origin + path)
        assert len(receiver.heard) == 1


async def test_an_origin_of_the_operator_stays_allowed_when_it_is_our_own(receiver: Receiver) -> None:
    origin = f"http://127.0.0.1:{receiver.port}"
    policy = OutboundPolicy.of(allow_http=False, allowed_origins=[origin], demo_origin=origin)
    assert await OutboundGuard(policy).check(f"{origin}/anything")
