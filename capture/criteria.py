"""法院要件覆盖表: what a court looks at in electronic data, and which artifact of this capture answers. Pure rules.

Sources: 证据规定 (法释〔2019〕19号) 93, 94; 人民法院在线诉讼规则 16–18; SF/T 0091-2021;
互联网法院规定 (法释〔2018〕16号) 11, which binds internet courts alone and elsewhere only guides.
A row never says more than the record shows, and what sealing, custody or people add later is named as such.
"""

from capture.findings import Answer, Covered, Criterion, Record


def _environment(record: Record) -> Answer:
    files = record.having("environment.json", "report.pdf")
    failed = [name for name, verdict in record.items.items() if verdict == "failed"]
    if not files:
        return Answer("lacks", (), "没有清洁性检查", "no cleanliness check", "重新取证", "capture again")
    if failed:
        return Answer(
            "partly",
            files,
            f"未通过：{'、'.join(failed)}",
            f"not passed: {', '.join(failed)}",
            "排除后重新取证",
            "remove the cause and capture again",
        )
    return Answer("has", files, "逐项检查，原始输出随包保存", "checked item by item, raw outputs kept")


def _running(record: Record) -> Answer:
    failed = [name for name, state in record.steps.items() if state == "failed"]
    if failed:
        return Answer(
            "partly",
            ("capture.json",),
            f"步骤失败：{'、'.join(failed)}",
            f"steps failed: {', '.join(failed)}",
            "重新取证",
            "capture again",
        )
    return Answer(
        "has", ("capture.json",), "各步骤均正常结束，耗时在案", "every step ended well; its time is on record"
    )


def _error_detection(record: Record) -> Answer:
    second = record.having("second/report.json")
    if "second.agrees" in record.facts["grade"]["reasons"]:
        return Answer(
            "has", second, "第二遍独立访问比对一致；截图逐块核对空白", "a second visit agreed; tiles checked for blanks"
        )
    if second:
        return Answer(
            "partly",
            second,
            "第二遍访问与第一遍不一致，差异已列出",
            "the second visit differs; differences listed",
            "查明差异后重新取证",
            "find out why and capture again",
        )
    return Answer(
        "lacks", (), "只访问了一遍", "visited once", "再取一次证并启用第二遍访问", "capture with a second visit"
    )


def _preserved(record: Record) -> Answer:
    files = record.having("capture.wacz", "page.mhtml", "page.pdf", "dom.html", "text.txt", "network.json")
    if record.state == "COMPLETE":
        return Answer(
            "has", files, "原始应答、证书、截图、正文俱全", "responses, certificates, pictures and text are all there"
        )
    lacks = "、".join(record.missing) or record.state
    return Answer(
        "partly", files, f"不完整，缺：{lacks}", f"incomplete, missing: {lacks}", "重新取证补齐", "capture again"
    )


def _ordinary_course(_record: Record) -> Answer:
    return Answer(
        "later",
        (),
        "由单位的取证制度与日常监测记录证明",
        "shown by the house's procedure and monitoring records",
        "附取证制度及版本",
        "attach the procedure and its version",
    )


def _person(record: Record) -> Answer:
    if record.facts.get("actor"):
        return Answer(
            "has",
            ("capture.json",),
            f"取证人 {record.facts['actor']}",
            f"captured by {record.facts['actor']}",
            "必要时由第二人在场或公证",
            "a second person or a notary where needed",
        )
    return Answer("lacks", (), "未记取证人", "no operator on record", "登录后取证", "capture as a signed-in person")


def _time(record: Record) -> Answer:
    verdict = record.items.get("clock", "unknown")
    begun = record.items.get("not_before") == "ok"
    if verdict == "ok":
        return Answer(
            "has",
            ("capture.json",),
            "前后两次核对多个时间源" + ("，访问前已取得时间戳（start/）" if begun else ""),
            "several time sources asked before and after" + (", time stamp before the visit (start/)" if begun else ""),
            "封存时另取可信时间戳",
            "the seal adds trusted timestamps",
        )
    wrong = verdict == "failed"
    return Answer(
        "partly",
        ("capture.json",),
        "本机时钟与时间源不符，偏差已记录" if wrong else "时间源未能核对",
        "this machine's clock differs from the time sources; by how much is on record"
        if wrong
        else "time sources could not be checked",
        "封存时取可信时间戳",
        "the seal adds trusted timestamps",
    )


def _clear(record: Record) -> Answer:
    files = record.having("shots/page-001.png", "text.txt", "page.pdf")
    cut = str(record.notes.get("screenshot_cut", ""))
    if "shots/page-001.png" not in record.files:
        return Answer("lacks", files, "没有截图", "no picture", "重新取证", "capture again")
    return Answer("partly" if cut else "has", files, cut or "整页截图与正文清晰可读", cut or "whole page, legible")


def _reproducible(record: Record) -> Answer:
    files = record.having("capture.wacz", "network.json", "capture.json")
    if record.having("video.webm"):
        return Answer(
            "has", (*files, "video.webm"), "步骤、流量与录像俱在，可重放", "steps, traffic and video; can be replayed"
        )
    return Answer(
        "partly",
        files,
        "步骤与流量可重放，没有过程录像",
        "steps and traffic can be replayed; no video",
        "启用过程录像",
        "record the process",
    )


def _unchanged(_record: Record) -> Answer:
    return Answer(
        "later",
        (),
        "由封存的摘要、签名、存证日志与时间戳证明",
        "shown by the seal: digests, signature, log, timestamps",
        "封存并核验",
        "seal and verify",
    )


def _origin(record: Record) -> Answer:
    if record.grade == "demo":
        return Answer(
            "lacks",
            (),
            "演示：域名或信任根被替换",
            "demonstration: name or trust root overridden",
            "对真实站点取证",
            "capture the real site",
        )
    if not record.facts.get("tls_cert_sha256"):
        return Answer(
            "lacks",
            (),
            "未经加密连接，来源不可核验",
            "no TLS: the origin cannot be checked",
            "公证或平台回函",
            "a notary or the platform's letter",
        )
    words = {
        "self_made": ("证书链与地址在案，仅本机一遍", "chain and address on record, one pass"),
        "rechecked": ("证书链与地址在案，两遍一致", "chain and address on record, two passes agree"),
        "two_sources": ("另一台机器的中继签名印证", "borne out by a relay on another machine"),
        "witnessed": ("第三方中继签名见证", "witnessed by a third party's relay"),
    }[record.grade]
    files = record.having("network.json", "second/report.json", "second/witness.note")
    verdict: Covered = "partly" if record.grade == "self_made" else "has"
    return Answer(
        verdict,
        files,
        *words,
        *(("启用第二遍访问或见证中继", "a second visit or a witness relay") if verdict == "partly" else ()),
    )


def _neutral(record: Record) -> Answer:
    if record.grade == "witnessed":
        return Answer(
            "partly",
            record.having("second/witness.note"),
            "第三方只见证连接，不提供平台",
            "a third party witnessed the connections, it does not run the platform",
        )
    return Answer("not_applicable", (), "自行运行，不属于中立第三方平台", "run by the party itself")


def _publisher(record: Record) -> Answer:
    if {"author", "author_id"} & record.fields:
        return Answer(
            "partly",
            ("capture.json",),
            "仅页面显示的账号",
            "the account as displayed only",
            "申请平台披露实名信息",
            "apply for disclosure by the platform",
        )
    return Answer(
        "lacks", (), "未识别到账号", "no account recognised", "补充账号主页取证", "capture the account's page"
    )


CRITERIA: tuple[Criterion, ...] = (
    Criterion(
        "environment",
        ("证据规定 93", "互联网法院规定 11", "SF/T 0091-2021"),
        "软硬件环境完整可靠",
        "hardware and software sound",
        _environment,
    ),
    Criterion("running", ("证据规定 93",), "取证时运行正常", "in order at the time", _running),
    Criterion(
        "error_detection", ("证据规定 93",), "有防错的监测、核查手段", "means to detect errors", _error_detection
    ),
    Criterion(
        "preserved",
        ("证据规定 93", "互联网法院规定 11"),
        "完整保存、提取，方法可靠",
        "kept whole, by a reliable method",
        _preserved,
    ),
    Criterion(
        "ordinary_course",
        ("证据规定 93", "证据规定 94"),
        "在正常往来活动中形成",
        "made in the ordinary course",
        _ordinary_course,
    ),
    Criterion("person", ("证据规定 93", "互联网法院规定 11"), "保存、提取的主体适当", "a fit person took it", _person),
    Criterion("time", ("互联网法院规定 11",), "时间明确", "the time is certain", _time),
    Criterion(
        "clear", ("互联网法院规定 11", "在线诉讼规则 12"), "内容清晰、客观、准确", "clear, objective, accurate", _clear
    ),
    Criterion("reproducible", ("互联网法院规定 11",), "提取过程可以重现", "the process can be repeated", _reproducible),
    Criterion(
        "unchanged", ("互联网法院规定 11", "在线诉讼规则 16"), "形成后未增删修改", "not changed since", _unchanged
    ),
    Criterion(
        "origin", ("在线诉讼规则 17", "在线诉讼规则 18"), "上链（封存）前的真实性", "true before it was sealed", _origin
    ),
    Criterion("neutral", ("证据规定 94",), "由中立第三方平台提供", "provided by a neutral third party", _neutral),
    Criterion("publisher", ("互联网法院规定 11",), "生成主体明确", "who published is certain", _publisher),
)


def cover(record: Record) -> list[tuple[Criterion, Answer]]:
    """Answer every criterion."""
    return [(criterion, criterion.rule(record)) for criterion in CRITERIA]
