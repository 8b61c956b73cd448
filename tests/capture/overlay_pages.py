"""Pages with something lying over them, in both languages: what the reading view hides and what it must leave alone."""

from collections.abc import Mapping
from dataclasses import dataclass, field

POST = "<article id=post><h1>苜禾脆穗燕麦圈</h1><p>出炉后要过一遍工业石蜡，一批料掺三公斤。</p></article>"
BAR = "position:fixed;left:0;right:0;bottom:0;height:120px;background:#222;color:#fff;z-index:999"
BOX = "position:fixed;left:300px;top:200px;width:600px;height:240px;background:#fff;z-index:1001"
BACK = "position:fixed;inset:0;background:rgba(0,0,0,.6);z-index:1000"


@dataclass(frozen=True)
class Overlay:
    """A page: what lies over it, by id, and the kinds expected of what is hidden or left."""

    name: str
    body: str
    hidden: Mapping[str, str]
    left: Mapping[str, str] = field(default_factory=dict)


OVERLAYS = (
    Overlay(
        "cookie bar, Chinese",
        f"<div id=bar style='{BAR}'>本网站使用 Cookie，详见《隐私政策》。"
        "<button>全部接受</button><button>拒绝</button></div>",
        {"bar": "cookie"},
    ),
    Overlay(
        "cookie bar, English",
        f"<div id=bar style='{BAR}'>We value your privacy. We use cookies. <button>Accept all</button>"
        "<button>Reject all</button><a href='/p'>Cookie policy</a></div>",
        {"bar": "cookie"},
    ),
    Overlay(
        "modal with a backdrop and a locked page",
        f"<style>html,body{{overflow:hidden;height:100%}}</style><div id=back style='{BACK}'></div>"
        f"<div id=box style='{BOX}'><h2>隐私设置</h2><p>我们及合作方使用 Cookie。</p><button>同意并继续</button></div>",
        {"box": "cookie", "back": "backdrop"},
    ),
    Overlay(
        "modal within its backdrop, English",
        f"<div id=back style='{BACK}'><div style='background:#fff;margin:200px'>This site uses cookies. See our Privacy"
        " Policy.<button>I agree</button></div></div>",
        {"back": "cookie"},
    ),
    Overlay(
        "open in app", f"<div id=bar style='{BAR}'><a href='app://x'>打开App，看完整内容</a></div>", {"bar": "app"}
    ),
    Overlay("app, other words", f"<div id=bar style='{BAR}'><b>下载微汛客户端</b></div>", {"bar": "app"}),
    Overlay("app, English", f"<div id=bar style='{BAR}'><a>Open in the Demo app</a></div>", {"bar": "app"}),
    Overlay(
        "sticky bar at the top",
        "<div id=bar style='position:sticky;top:0;background:#eee;height:50px'>在App内打开<a href='#'>打开</a></div>",
        {"bar": "app"},
    ),
    Overlay(
        "a log-in prompt stays, app or not",
        f"<div id=wall style='{BOX}'>打开App或登录后查看更多<button>登录</button></div>",
        {},
        {"wall": "login"},
    ),
    Overlay(
        "a head with the site's own links stays",
        "<div id=head style='position:sticky;top:0'><nav><a href='/'>首页</a></nav><a href='#'>下载App</a></div>",
        {},
        {"head": "app"},
    ),
    Overlay(
        "a post about cookies is no notice",
        "<div id=own style='position:absolute;z-index:200;top:300px'>"
        "<article>饼干 cookie 的隐私政策，大家接受吗</article></div>",
        {},
        {"own": "cookie"},
    ),
    Overlay("an ordinary floating button stays", f"<div id=top style='{BAR}'>回到顶部</div>", {}),
    Overlay("nothing over the page", "", {}),
)
