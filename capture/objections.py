"""反方质证预演: what the other side will say about this very capture, from its own record. Pure rules.

Each row is an objection a lawyer would raise on these facts, with the answer the record gives, or what would cure it.
"""

from collections.abc import Callable
from dataclasses import dataclass

from capture.findings import Record


@dataclass(frozen=True)
class Objection:
    """One objection: what is said, what answers it ("" when nothing does), and what would cure it."""

    id: str
    zh: str
    en: str
    answer_zh: str = ""
    answer_en: str = ""
    cure_zh: str = ""
    cure_en: str = ""


def _own_hand(record: Record) -> Objection | None:
    if record.grade == "witnessed":
        return None
    answers = {
        "rechecked": ("两遍独立访问一致，第二遍未解密", "two independent visits agree, the second undecrypted"),
        "two_sources": ("另一台机器、另一网络的中继签名印证", "a relay on another machine and network signed it"),
    }
    answer = answers.get(record.grade, ("", ""))
    return Objection(
        "own_hand",
        "证据由当事人自己取得，可能自行制作",
        "the party made it itself and may have made it up",
        *answer,
        "由公证处或第三方见证中继另行取证",
        "have a notary or a third party's relay take it too",
    )


def _demo(record: Record) -> Objection | None:
    if record.grade != "demo":
        return None
    words = ("域名解析或信任根被替换，页面不来自真实站点", "names or trust roots were overridden: not the real site")
    return Objection("override", *words, "", "", "对真实站点重新取证", "capture the real site")


def _differs(record: Record) -> Objection | None:
    reasons = [code for code in record.facts["grade"]["reasons"] if code.startswith("second.")]
    points = [
        code.removeprefix("second.")
        for code in reasons
        if code not in ("second.agrees", "second.not_asked", "second.failed")
    ]
    if not points:
        return None
    return Objection(
        "differs",
        f"两遍访问不一致（{'、'.join(points)}），内容不稳定",
        f"the two visits differ ({', '.join(points)})",
        "差异逐行列在 second/report.json",
        "every difference is listed in second/report.json",
        "查明原因后再取一次证",
        "find out why and capture again",
    )


def _clock(record: Record) -> Objection | None:
    if record.items.get("clock") == "ok":
        return None
    wrong = record.items.get("clock") == "failed"
    return Objection(
        "clock",
        "取证机器的时钟不准" if wrong else "取证时间由本机自记，未经核对",
        "the machine's clock is wrong" if wrong else "the time is the machine's own, unchecked",
        "封存时的可信时间戳证明不晚于该时刻",
        "the seal's timestamps show it existed by then",
        "设置可用的时间源",
        "set time sources that can be reached",
    )


def _beginning(record: Record) -> Objection | None:
    if record.items.get("not_before") == "ok":
        return None
    return Objection(
        "beginning",
        "取证从何时开始，无人证明，可能早已做好",
        "nobody vouches for when it began; it may have been made before",
        "封存时的可信时间戳只证明不晚于该时刻",
        "the seal's timestamps show only that it existed by then",
        "设置可达的时间戳机构后重新取证",
        "set up an authority that answers and capture again",
    )


def _incomplete(record: Record) -> Objection | None:
    if record.state == "COMPLETE":
        return None
    lacks = "、".join(record.missing) or record.state
    words = (f"页面没有取全（{lacks}），断章取义", f"the page is not whole ({lacks}): out of context")
    return Objection("incomplete", *words, "缺什么逐项写明", "what is missing is named", "重新取证", "capture again")


def _video(record: Record) -> Objection | None:
    if "video.webm" in record.files:
        return None
    return Objection(
        "video",
        "没有过程录像，看不出怎样取得",
        "no recording of the process",
        "每一步骤、每一请求及其时间都在记录中，可以重放",
        "every step and request with its time is on record and can be replayed",
        "启用过程录像",
        "record the process",
    )


def _opened(record: Record) -> Objection | None:
    clicks = record.notes.get("expanded") or []
    if not clicks:
        return None
    return Objection(
        "opened",
        f"取证程序点击了页面（{len(clicks)} 处），改变了所见内容",
        f"the tool clicked on the page ({len(clicks)} times)",
        "只点开折叠的正文，每次点击在案",
        "only folded text was opened, each click is on record",
    )


def _reading(record: Record) -> Objection | None:
    acts = (record.notes.get("reading") or {}).get("done") or []
    if not acts:
        return None
    return Objection(
        "reading",
        f"阅读视图改动了页面元素（{len(acts)} 处），不是原貌",
        f"the reading view changed parts of the page ({len(acts)})",
        "原貌先取、另存（未经触碰）；阅读视图只供阅读，未点击任何元素，每处在 reading/report.json",
        "the untouched view was taken first and is kept; nothing was clicked, each act is in reading/report.json",
        "出示时以未经触碰的截图为准",
        "produce the untouched picture",
    )


def _redacted(record: Record) -> Objection | None:
    if not record.notes.get("redactions"):
        return None
    return Objection(
        "redacted",
        "流量记录经过修改",
        "the traffic record was altered",
        "仅以摘要替换 Cookie 等凭证，逐处列明，正文未动",
        "only cookies and the like became digests, each listed; bodies untouched",
    )


def _login(record: Record) -> Objection | None:
    name = record.facts.get("login_profile")
    if not name:
        return None
    second = (record.facts.get("login") or {}).get("second_visit") == "same"
    return Objection(
        "login",
        f"登录后才看得到的内容，因账号而异，他人无从复核（{name}）",
        f"seen only when signed in: it may differ by account, and nobody else can check it ({name})",
        "账号为取证单位自有，名称在签名记录里，凭证只以摘要出现；未绕过任何限制"
        + ("；第二遍带同一账号，不增加来源" if second else ""),
        "the account is the organization's own and named in the signed record, its secrets appear as digests only; no "
        "barrier was passed" + ("; the second visit carried the same one and adds no source" if second else ""),
        "另作一次未登录取证，或由公证处以自己的账号取证",
        "capture once more logged out, or have a notary capture with an account of its own",
    )


def _changed(record: Record) -> Objection | None:
    if not (record.notes.get("changes") or {}).get("differs"):
        return None
    return Objection(
        "changed",
        "页面与前次取证不同，不知以哪一次为准",
        "the page differs from the earlier capture; which one counts?",
        "两次各自封存，时间各有证明；不同之处在 changes/report.json",
        "both are sealed, each with its time; what differs is in changes/report.json",
        "出示时说明各次的时间和内容",
        "say at production which showed what, and when",
    )


def _names(record: Record) -> Objection | None:
    # A certificate the system's store trusts for this name answers the objection by itself.
    if record.items.get("dns_answers") == "ok" or record.facts.get("tls_verdict") == "trusted":
        return None
    return Objection(
        "names",
        "域名可能被劫持到别的服务器",
        "the name may have been hijacked",
        "",
        "",
        "向多家解析服务器核对",
        "ask several resolvers",
    )


def _plain(record: Record) -> Objection | None:
    if record.facts.get("tls_cert_sha256"):
        return None
    return Objection(
        "plain",
        "连接未加密，传输中可能被改动",
        "no encryption: it may have been altered on the way",
        "",
        "",
        "公证或平台回函佐证",
        "a notary or the platform's letter",
    )


RULES: tuple[Callable[[Record], Objection | None], ...] = (
    _demo,
    _own_hand,
    _login,
    _differs,
    _changed,
    _incomplete,
    _plain,
    _names,
    _clock,
    _beginning,
    _video,
    _opened,
    _reading,
    _redacted,
)


def foresee(record: Record) -> list[Objection]:
    """Return the objections this capture invites, the gravest first."""
    return [found for rule in RULES if (found := rule(record)) is not None]
