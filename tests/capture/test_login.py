"""A visit that carries a login of the firm's own: used, named, noticed when it ended, and its secrets in no record."""

import base64
import gzip
import http.server
import json
import logging
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from urllib.parse import parse_qs, quote, urlsplit

import pytest

from capture import Browser, CaptureRequest, CaptureResult, capture
from capture.login import Login, LoginRefusedError, read_login
from capture.scrub import Scrubber, forms_of

SESSION = "s3ss10n/Planted+c00kie=="
STORED = "t0ken.Planted-in-storage_99"
RENEWED = "renewed-By-The-Server-424242"
NESTED = "bearer-In-Stored-Json-777777"
WORDS = "工厂里的奶酪棒经检测不含石蜡，检测报告已公开。" * 8
PAGE = f"""<!doctype html><meta charset="utf-8"><title>所内账号可见的帖子</title>
<article><h1>动态</h1><p>{WORDS}</p></article><script>
const t = localStorage.getItem("token");
document.documentElement.dataset.token = t;
document.documentElement.dataset.packed = btoa(t);
document.body.insertAdjacentHTML("beforeend", `<a href="/next?t=${{encodeURIComponent(t)}}">next</a>`);
fetch("/api?t=" + encodeURIComponent(t), {{headers: {{"X-Token": t, "X-Packed": btoa("u:" + t)}}}});
</script>"""
WALL = '<!doctype html><meta charset="utf-8"><title>登录</title><p>登录后查看更多内容</p><input type="password">'


class Handler(http.server.BaseHTTPRequestHandler):
    """A post for members; what it repeats of the login depends on the path."""

    def do_GET(self) -> None:
        known = f"sid={SESSION}" in self.headers.get("Cookie", "")
        path = urlsplit(self.path).path
        body = PAGE if known else WALL
        if path == "/api":
            body = json.dumps({"likes": 3, "ok": parse_qs(urlsplit(self.path).query).get("t") == [STORED]})
        if path == "/leaky" and known:
            body = PAGE.replace("动态", f"动态 {SESSION}")
        data = body.encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json" if path == "/api" else "text/html; charset=utf-8")
        self.send_header("Set-Cookie", f"sid2={RENEWED}; HttpOnly; Path=/")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def members() -> Iterator[str]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def host() -> Iterator[str]:
    with members() as key:
        yield key


def state(host: str, session: str = SESSION) -> bytes:
    stored = [
        {"name": "token", "value": STORED},
        {"name": "user", "value": json.dumps({"name": "法务部", "jwt": NESTED})},
    ]
    cookie = {"name": "sid", "value": session, "domain": "127.0.0.1", "path": "/", "httpOnly": True}
    return json.dumps({"cookies": [cookie], "origins": [{"origin": f"http://{host}", "localStorage": stored}]}).encode()


def visit(browser: Browser, host: str, path: str, folder: Path, login: Login, *, twice: bool = False) -> CaptureResult:
    request = CaptureRequest(
        f"http://{host}{path}", folder, frozenset((host,)), ntp_servers=(), login=login, second_pass=twice
    )
    return capture(request, browser=browser)


@pytest.fixture(scope="module")
def result(browser: Browser, host: str, tmp_path_factory: pytest.TempPathFactory) -> CaptureResult:
    folder = tmp_path_factory.mktemp("login")
    return visit(browser, host, "/post", folder / "o", read_login("所内账号", state(host)))


def octets(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Every file of the package, archives opened and unpacked."""
    for path in sorted(folder.rglob("*")):
        if not path.is_file():
            continue
        yield path.name, path.read_bytes()
        if path.suffix == ".wacz":
            with zipfile.ZipFile(path) as archive:
                for name in archive.namelist():
                    data = archive.read(name)
                    yield f"{path.name}/{name}", gzip.decompress(data) if name.endswith(".gz") else data


def test_the_login_is_carried_named_and_never_raises_the_grade(result: CaptureResult) -> None:
    assert result.outcome.kind == "live", result.outcome
    assert WORDS[:20] in result.text
    assert result.facts["login_profile"] == "所内账号"
    assert result.facts["login"]["state"] == "carried"
    assert result.facts["login"]["second_visit"] == "none"
    assert result.facts["grade"]["grade"] == "self_made"
    api = next(e for e in json.loads(result.files["network.json"].read_text())["exchanges"] if "/api" in e["url"])
    assert "[redacted" in api["url"]


def test_planted_secrets_stand_nowhere_in_the_package(result: CaptureResult) -> None:
    folder = result.files["capture.json"].parent
    needles = {form for one in (SESSION, STORED, RENEWED, NESTED) for form in forms_of(one)}
    needles |= {base64.b64encode(STORED.encode()), quote(SESSION, safe="").encode()}
    found = [(name, needle) for name, data in octets(folder) for needle in needles if needle in data]
    assert not found
    told = repr((result.facts, result.host, result.steps, result.fields, result.text, result.title))
    assert not [one for one in (SESSION, STORED, RENEWED, NESTED) if one in told]
    assert result.facts["restricted"] is False


@pytest.mark.full
def test_a_body_that_repeats_the_login_stays_as_it_came_and_restricts_the_package(
    browser: Browser, host: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    result = visit(browser, host, "/leaky", tmp_path / "o", read_login("所内账号", state(host)), twice=True)
    assert result.facts["login"]["second_visit"] == "same"
    assert result.facts["grade"] == {"grade": "rechecked", "reasons": ["second.agrees"]}
    assert result.facts["restricted"] is True
    assert result.facts["login"]["shown_on_page"] is True
    assert SESSION not in result.files["dom.html"].read_text()
    assert SESSION not in result.files["text.txt"].read_text()
    assert SESSION not in caplog.text
    assert STORED not in caplog.text
    archived = b"".join(data for name, data in octets(tmp_path / "o") if name.endswith(".gz"))
    assert f"动态 {SESSION}".encode() in archived  # a body is evidence and never altered


@pytest.mark.full
def test_a_login_that_ended_is_told(browser: Browser, host: str, tmp_path: Path) -> None:
    result = visit(browser, host, "/post", tmp_path / "o", read_login("所内账号", state(host, "expired-session-000")))
    assert (result.outcome.kind, result.outcome.rule) == ("login_wall", "logged-out")
    assert result.facts["login"]["state"] == "logged_out"


HOSTILE = [
    b"", b"{", b"\xff\xfe", b"3", b"[]", b"{}", b"[" * 100_000, b" " * (1024 * 1024 + 1), b'{"cookies": 3}',
    json.dumps([{"name": "a", "value": "b"}]).encode(),
    json.dumps([{"name": "a", "value": "b\r\nX: y", "domain": "a.test"}]).encode(),
    json.dumps([{"name": "a;b", "value": "b", "domain": "a.test"}]).encode(),
    json.dumps([{"name": "a", "value": "b", "domain": "a/../b"}]).encode(),
    json.dumps([{"name": "a", "value": "b", "domain": "a.test", "path": "x"}]).encode(),
    json.dumps([{"name": "a", "value": "b", "domain": "a.test", "expires": "never"}]).encode(),
    json.dumps([{"name": "a", "value": "b", "domain": "a.test"}] * 501).encode(),
    json.dumps({"origins": [{"origin": "file:///etc", "localStorage": []}]}).encode(),
    json.dumps({"origins": [{"origin": "https://u@a.test", "localStorage": []}]}).encode(),
    json.dumps({"origins": [{"origin": "https://a.test", "localStorage": [{"name": "a", "value": 3}]}]}).encode(),
]  # fmt: skip


@pytest.mark.parametrize("data", HOSTILE, ids=range(len(HOSTILE)))
def test_a_hostile_file_is_refused_without_repeating_it(data: bytes) -> None:
    with pytest.raises(LoginRefusedError):
        read_login("x", data)


def test_what_a_cookie_exporter_writes_is_read_and_hidden() -> None:
    row = {"name": "z", "value": "secret-value", "domain": ".Zhihu.test", "sameSite": "no_restriction", "secure": True,
           "expirationDate": 1999999999.5, "hostOnly": False, "storeId": "0"}  # fmt: skip
    login = read_login("知乎", json.dumps([row]).encode())
    assert login.cookies[0]["sameSite"] == "None"
    assert "secret-value" not in repr(login)
    assert login.serves("https://www.zhihu.test/p/1")
    assert not login.serves("https://notzhihu.test/")


def test_quoted_printable_and_offsets_survive(tmp_path: Path) -> None:
    scrubber = Scrubber((SESSION,))
    mhtml, pdf = tmp_path / "a.mhtml", tmp_path / "a.pdf"
    mhtml.write_bytes(b"x " + SESSION.replace("=", "=3D").replace("Pl", "P=\r\nl").encode() + b" y")
    pdf.write_bytes(b"/URI (" + SESSION.encode() + b")")
    before = pdf.stat().st_size
    assert scrubber.file(mhtml)
    assert scrubber.file(pdf)
    assert b"anted" not in mhtml.read_bytes()
    assert SESSION.encode() not in pdf.read_bytes()
    assert pdf.stat().st_size == before
