"""A loopback site with the pages a capture must cope with."""

import http.server
import itertools
import ssl
import struct
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.capture.overlay_pages import BAR

PNG_WIDTH, PNG_HEIGHT = 64, 48


def png(red: int, green: int, blue: int) -> bytes:
    """A one-colour PNG."""
    row = b"\0" + bytes((red, green, blue)) * PNG_WIDTH
    chunks = [
        (b"IHDR", struct.pack(">IIBBBBB", PNG_WIDTH, PNG_HEIGHT, 8, 2, 0, 0, 0)),
        (b"IDAT", zlib.compress(row * PNG_HEIGHT)),
        (b"IEND", b""),
    ]
    body = b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    )
    return b"\x89PNG\r\n\x1a\n" + body


FACES = itertools.cycle((f"<p>{'这家的奶酪棒有石蜡。' * 9}</p>", f"<p>{'今天天气很好，适合郊游。' * 40}</p>"))
"""Another text at every visit."""
COUNTER = itertools.count(8217, 13)


def document(body: str, *, title: str = "示例页", head: str = "") -> bytes:
    return (
        f'<!doctype html><html lang="zh-CN"><head><meta charset="utf-8"><title>{title}</title>{head}</head>'
        f"<body>{body}</body></html>"
    ).encode()


def band_colour(index: int) -> tuple[int, int, int]:
    return (index % 251, (index * 7) % 241, 40 + index // 251)


def tall(query: dict[str, list[str]]) -> bytes:
    """Bands of 100 px, each in its own colour with its number in text."""
    count = int(query["bands"][0])
    bands = "".join(
        '<div style="height:100px;background:rgb({},{},{})"><span>第{}段</span></div>'.format(*band_colour(i), i)
        for i in range(count)
    )
    return document(f"<style>body{{margin:0}}div{{font:16px sans-serif}}</style>{bands}")


def lazy(_query: dict[str, list[str]]) -> bytes:
    """Sixty pictures: one third loading=lazy, one third data-src on sight, one third 150 ms after they were seen."""
    cells = []
    for index in range(60):
        kind = index % 3
        source = (
            f'src="/colour/{index}.png" loading="lazy"'
            if kind == 0
            else f'data-src="/colour/{index}.png" data-kind="{kind}"'
        )
        cells.append(f'<p style="height:300px;margin:0"><img {source} width="64" height="48" alt="{index}"></p>')
    script = """<script>
      const watch = new IntersectionObserver((entries) => entries.forEach((entry) => {
        const image = entry.target;
        if (!entry.isIntersecting || !image.dataset.src) return;
        watch.unobserve(image);
        const show = () => { image.src = image.dataset.src; };
        if (image.dataset.kind === "2") setTimeout(show, 150); else show();
      }));
      document.querySelectorAll("img[data-src]").forEach((image) => watch.observe(image));
    </script>"""
    return document("".join(cells) + script)


PAGES: dict[str, Callable[[dict[str, list[str]]], bytes]] = {
    "/plain": lambda _q: document(
        "<h1>苜禾脆穗燕麦圈</h1><p id='text'>出炉后要过一遍工业石蜡，一批料掺三公斤。</p>"
        "<img src='/colour/7.png' width='300' height='200' alt='罐头'>"
        "<p><span class='who'>食安小喇叭</span> 2026-08-10 21:47 <b>赞 1.2万</b></p><iframe src='/frame'></iframe>",
        title="一条微博",
        head='<script type="application/ld+json">{"@context":"https://schema.org","@type":"SocialMediaPosting",'
        '"text":"出炉后要过一遍工业石蜡，一批料掺三公斤。","author":{"@type":"Person","name":"食安小喇叭","identifier":"9900000101"},'
        '"datePublished":"2026-08-10T21:47:00+08:00","interactionStatistic":[{"@type":"InteractionCounter",'
        '"interactionType":"https://schema.org/LikeAction","userInteractionCount":12345}]}</script>',
    ),
    "/frame": lambda _q: document("<p>框架里的话</p>"),
    "/fetched": lambda _q: document(
        "<div id='post'></div><script>fetch('/post.json').then((r)=>r.json()).then(({data:[d]})=>{post.innerHTML="
        "`<b class=who>${d.user.name}</b><i class=when>2026-08-10 21:47</i><p class=words>${d.text}</p>"
        "<u class=up>赞 1.2万</u>`})</script>"
    ),
    "/tall": tall,
    "/lazy": lazy,
    "/moves-on": lambda _q: document(
        "<p>原来的话</p><script>setTimeout(()=>{location.href='http://127.0.0.2:1/'})</script>"
    ),
    "/dialogs": lambda _q: document(
        "<p>对话框之后</p><script>alert('请先同意');document.title=String(confirm('确定吗'));prompt('姓名','')</script>"
    ),
    "/grows": lambda _q: document(
        "<div id='list'></div><script>const add=()=>{for(let i=0;i<20;i++){const p=document.createElement('p');"
        "p.textContent='第'+document.querySelectorAll('p').length+'条';p.style.height='100px';list.append(p)}};add();"
        "addEventListener('scroll',()=>{if(scrollY+innerHeight>document.documentElement.scrollHeight-900)add()});</script>"
    ),
    "/stuck-image": lambda _q: document("<p>正文在此</p><img src='/never.png' width='10' height='10'>"),
    "/wall": lambda _q: document(
        "<h1>登录</h1><p>请先登录后查看</p><form><input name='u'><input type='password'></form>", title="登录"
    ),
    "/gone": lambda _q: document("<header>微汛 首页 发现</header><p>该内容因违反社区规则已被处理</p>", title="微汛"),
    "/folded": lambda _q: document(
        "<p>开头。<span id='rest' hidden>石蜡三公斤。</span><button id='more'>展开</button></p>"
        "<a href='/elsewhere'>展开更多</a><script>more.onclick=()=>{rest.hidden=false;more.remove()}</script>"
    ),
    "/busy": lambda _q: document(
        "<p>一直在请求</p><script>setInterval(()=>fetch('/colour/1.png?'+Math.random()),200)</script>"
    ),
    "/liar": lambda _q: document(
        "<p>真实的文字</p><script>Object.defineProperty(HTMLElement.prototype,'innerText',{get(){return '假的文字'}});"
        "Document.prototype.querySelector=()=>null;window.scrollTo=()=>{throw 1}</script>"
    ),
    "/big": lambda _q: document("<p>正文</p><script>fetch('/huge.bin').then(r=>r.arrayBuffer()).catch(()=>0)</script>"),
    "/virtual": lambda _q: document(
        "<style>body{margin:0}#list{position:relative;height:8000px}p{position:absolute;left:0;right:0;height:80px;"
        "margin:0;text-align:center}</style><div id='list'></div><script>const draw=()=>{list.replaceChildren();"
        "const a=Math.max(0,Math.floor(scrollY/80)-2);for(let i=a;i<Math.min(100,a+15);i++){"
        "const p=document.createElement('p');p.style.top=i*80+'px';p.textContent='第'+i+'条评论的内容';"
        "list.append(p)}};"
        "addEventListener('scroll',draw);draw()</script>"
    ),
    "/half-characters": lambda _q: document(
        '<p id=\'p\'>半个字</p><script type=\'application/ld+json\'>{"@type":"Article","text":"\\ud83d半"}</script>'
        "<script>p.append('\\ud83d');document.title='题\\udc00';alert('\\ud800');document.body.dataset.x='\\udfff'</script>"
    ),
    "/overlaid": lambda _q: document(
        f"<p>石蜡三公斤。</p><div id='bar' style='{BAR}'>本站使用 Cookie，详见隐私政策。<button>接受</button></div>"
        "<script>new MutationObserver((_,self)=>{self.disconnect();bar.removeAttribute('style');"
        f"bar.style.cssText='{BAR}'}}).observe(bar,{{attributes:true}})</script>"
    ),
    "/covered": lambda _q: document(
        "<p>被遮住的文字</p><div style='position:absolute;inset:0;background:#fff;z-index:9'></div>"
    ),
    "/two-faced": lambda _q: document(next(FACES)),
    "/counted": lambda _q: document(
        f"<h1>奶酪棒</h1><p>阅读 {next(COUNTER)}</p>" + "<p>石蜡三公斤的说法没有根据。</p>" * 9
    ),
    "/hangs": lambda _q: document("<p>死循环</p><script>setTimeout(()=>{for(;;);},800)</script>"),
}

POST_JSON = """{"ok":true,"data":[{"id":5,"user":{"name":"食安小喇叭","a/b~c":"食安小喇叭"},"created_at":1786369638,
"text":"出炉后要过一遍<b>工业石蜡</b>，一批料掺三公斤。","attitudes_count":12345,"comments_count":12345,"width":12345}]}"""
DOWNLOAD = b"PK\x03\x04" + bytes(range(256)) * 40


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: "Server"

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        self.server.seen.append(self.path)
        page = PAGES.get(parts.path)
        if page is not None:
            self._send(page(parse_qs(parts.query)), "text/html; charset=utf-8")
        elif parts.path.startswith("/colour/"):
            number = int(parts.path[8:].split(".")[0])
            self._send(png(*band_colour(number)), "image/png")
        else:
            self._special(parts.path)

    def _special(self, path: str) -> None:
        if path == "/attachment":
            self._send(DOWNLOAD, "application/zip", {"Content-Disposition": 'attachment; filename="证据.zip"'})
        elif path == "/post.json":
            self._send(POST_JSON.encode(), "application/json; charset=utf-8")
        elif path == "/report.pdf":
            self._send(b"%PDF-1.4\n%%EOF\n", "application/pdf")
        elif path == "/to-wall":
            self._send(b"", "text/html", {"Location": "/login/wall"}, status=302)
        elif path == "/login/wall":
            self._send(PAGES["/wall"]({}), "text/html; charset=utf-8")
        elif path == "/to-private":
            self._send(b"", "text/html", {"Location": f"http://127.0.0.2:{self.server.port}/plain"}, status=302)
        elif path == "/ssrf-redirect":
            target = f"http://{urlsplit(self.path).query}/redirected"
            self._send(b"", "text/html", {"Location": target}, status=302)
        elif path == "/ssrf-sw.js":
            script = f"oninstall=()=>fetch('http://{urlsplit(self.path).query}/sw',{{mode:'no-cors'}}).catch(()=>0)"
            self._send(script.encode(), "text/javascript")
        elif path == "/huge.bin":
            self._send(b"\0" * 3_000_000, "image/png")
        elif path in ("/never.png", "/never"):
            self._never("text/html; charset=utf-8" if path == "/never" else "image/png")
        else:
            self._send(document("<p>没有这个页面</p>", title="404"), "text/html; charset=utf-8", status=404)

    def _never(self, kind: str) -> None:
        """An answer that goes on until the other side has had enough."""
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Connection", "close")
        self.end_headers()
        self.close_connection = True
        try:
            self.wfile.write(
                b"<!doctype html><meta charset=utf-8><title>never</title><p>" if "html" in kind else b"\x89PNG"
            )
            while not self.server.over.wait(0.1):
                self.wfile.write(b"more " if "html" in kind else b"")
                self.wfile.flush()
        except OSError:
            return

    def _send(self, body: bytes, kind: str, headers: dict[str, str] | None = None, *, status: int = 200) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        for name, value in (headers or {}).items():
            self.send_header(name, value.encode("utf-8").decode("latin-1"))
        self.end_headers()
        try:
            self.wfile.write(body)
        except OSError:
            self.close_connection = True

    def log_message(self, *args: Any) -> None:
        """Stay silent."""


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, context: ssl.SSLContext | None = None) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.port = int(self.server_address[1])
        self.scheme = "https" if context else "http"
        self.seen: list[str] = []
        self.over = threading.Event()
        if context is not None:
            self.socket = context.wrap_socket(self.socket, server_side=True, do_handshake_on_connect=False)

    def url(self, path: str) -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}{path}"

    @property
    def key(self) -> str:
        return f"127.0.0.1:{self.port}"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Browsers hang up all the time."""


@contextmanager
def serve(context: ssl.SSLContext | None = None) -> Iterator[Server]:
    server = Server(context)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.over.set()
        server.shutdown()
        server.server_close()
        thread.join()
        time.sleep(0)
