"""The register of evidence: the list with its filters, and files of paper entered into it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import BinaryIO, Final, cast

from flask import Response, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as Answer

from caseapp.domain.errors import InvalidInputError
from caseapp.domain.permissions import Permission
from caseapp.domain.vocabulary import EVIDENCE_KIND
from caseapp.domain.workflow import EVIDENCE_ITEM, SEAL
from caseapp.services.evidence_acts import exhibit_evidence
from caseapp.services.paper_items import HOLDER_LENGTH, PAPER_KINDS, PaperFacts, pages_of, register_paper
from caseapp.services.papers import LIMIT, MOST_FILES, Paper, seal_papers
from caseapp.services.queries.register import PAGE, Asked, Registered, case_row, own_cases, register, whole_register
from caseapp.web.access import needs, visitor
from caseapp.web.forms import Form, choice, text, tick
from caseapp.web.i18n import N_, _
from caseapp.web.lists import LONGEST_QUERY, Column, Filter, Listing, Offer
from caseapp.web.marks import say, state
from caseapp.web.pages.evidence import blueprint
from caseapp.web.unit import acting, key_of, reading
from caseapp.web.visitor import house
from caseapp.web.wording import word

TITLE_LENGTH: Final = 300
TEXT_LENGTH: Final = 1000
NEED_WORDS: Final = {
    "unsealed": N_("还没有封存"),
    "unstamped": N_("没有外部时间戳"),
    "late": N_("时间戳逾时未齐"),
    "verify": N_("到期该校验"),
    "purpose": N_("没有证明目的"),
    "exhibit": N_("没有编入目录"),
    "hold": N_("法律保留中"),
}
ORIGINALS: Final = {"original": N_("原件"), "copy": N_("复制件")}

COLUMNS: Final[Sequence[Column[Registered]]] = (
    Column("number", N_("编号"), lambda row: row.number),
    Column("title", N_("题名"), lambda row: row.title),
    Column("kind", N_("类型"), lambda row: word("evidence_kind", row.kind)),
    Column("proves", N_("证明目的"), lambda row: row.proves),
    Column("cites", N_("证据目录"), lambda row: "、".join(f"{at[0]} {at[2]}" for at in row.cites), sortable=False),
    Column("seal", N_("封存"), lambda row: state("seal", row.seal_state).text),
    Column("status", N_("状态"), lambda row: state("evidence_item", row.status).text),
    Column("obtained", N_("取得"), lambda row: row.obtained_at),
    Column("verified", N_("上次校验"), lambda row: row.verified_at),
    Column("size", N_("字节"), lambda row: row.size),
    Column("source", N_("来源"), lambda row: row.source, sortable=False),
)  # fmt: skip


def _filter(key: str, name: str) -> Filter[Registered]:
    return Filter(key, name, lambda _row: "", lambda value: value)


FILTERS: Final = (
    _filter("need", N_("待办")),
    _filter("kind", N_("类型")),
    _filter("seal", N_("封存")),
    _filter("status", N_("状态")),
    _filter("case", N_("案件")),
)


def _asked() -> Asked:
    """Read the address; what it says wrongly is left aside."""
    sort = request.args.get("sort", "")
    known = {column.key for column in COLUMNS if column.sortable}
    return Asked(
        words=request.args.get("q", "").strip()[:LONGEST_QUERY],
        kind=request.args.get("kind", ""),
        seal=request.args.get("seal", ""),
        status=request.args.get("status", ""),
        need=request.args.get("need", ""),
        case=request.args.get("case", "")[:64],
        sort=sort.removeprefix("-") if sort.removeprefix("-") in known else "",
        down=sort.startswith("-"),
        page=request.args.get("page", 1, type=int),
    )


def _offers(asked: Asked, cases: list[tuple[str, bool, str]]) -> dict[str, list[Offer]]:
    choices = {
        "need": [(key, _(words)) for key, words in NEED_WORDS.items()],
        "kind": [(key, say(label)) for key, label in EVIDENCE_KIND.words.items()],
        "seal": [(key, state("seal", key).text) for key in SEAL.keys],
        "status": [(key, state("evidence_item", key).text) for key in EVIDENCE_ITEM.keys],
        "case": [(key_of(number, sample=sample), f"{number} {title}"[:60]) for number, sample, title in cases],
    }
    return {
        name: [Offer(key, words, None, getattr(asked, name) == key) for key, words in offered]
        for name, offered in choices.items()
    }


@blueprint.get("/")
@needs(Permission.EVIDENCE_READ)
def index() -> str | Response:
    """Show the register, newest first, or send it as CSV."""
    asked = _asked()
    with reading() as work:
        if request.args.get("format") == "csv":
            return _listing(list(whole_register(work, asked)), asked, []).csv("evidence")
        found = register(work, asked)
        cases = own_cases(work)
    shown = _listing(found.rows, asked, cases)
    older = shown.href(page=str(asked.page + 1)) if found.more else None
    newer = shown.href(page=str(asked.page - 1)) if asked.page > 1 else None
    first = (max(asked.page, 1) - 1) * PAGE + 1
    return render_template("evidence/index.html", shown=shown, older=older, newer=newer, first=first, may=_may_enter())


def _listing(rows: list[Registered], asked: Asked, cases: list[tuple[str, bool, str]]) -> Listing[Registered]:
    chosen = {one.key: value for one in FILTERS if (value := getattr(asked, one.key))}
    offers = _offers(asked, cases)
    return Listing(rows, rows, len(rows), COLUMNS, FILTERS, offers, asked.sort, asked.down, asked.words, chosen)


def _may_enter() -> bool:
    return Permission.EVIDENCE_REGISTER in visitor().permissions


class Entered(Form):
    """What is said about files of paper; the files come beside it."""

    title = text(N_("题名"), limit=TITLE_LENGTH, required=True)
    kind = choice(N_("类型"), lambda: [(key, say(EVIDENCE_KIND[key])) for key in PAPER_KINDS], required=True)
    source = text(N_("来源"), limit=TITLE_LENGTH, required=True)
    original_or_copy = choice(N_("原件还是复制件"), lambda: [(key, _(name)) for key, name in ORIGINALS.items()])
    pages = text(N_("页数"), limit=4)
    holder = text(N_("原件由谁保管"), limit=HOLDER_LENGTH)
    proves = text(N_("证明目的"), limit=TEXT_LENGTH, area=True)
    privileged = tick(N_("保密通信：只有获准的法务看得到"))


@blueprint.route("/register", methods=["GET", "POST"])
@needs(Permission.EVIDENCE_REGISTER)
def enter() -> Answer | str | tuple[str, int]:
    """Enter files of paper: hash, seal, stamp, log, register; with a case, also into its list of evidence."""
    form = Entered(request.form)
    with reading() as work:
        work.require(Permission.EVIDENCE_REGISTER)
        cases = own_cases(work, Permission.EVIDENCE_EXHIBIT)
    if request.method != "POST":
        return _entry(form, cases)
    if not form.validate():
        return _entry(form, cases, needed=True), 422
    try:
        number = _registered(form, _papers(), cases)
    except InvalidInputError as refusal:
        form.refuse(refusal)
        return _entry(form, cases, needed=True), 422
    flash(_("已封存、入册并登记。"), "ok")
    return redirect(url_for("evidence.page", number=number), 303)


def _papers() -> list[Paper]:
    sent = request.files.getlist("files")
    return [Paper(file.filename, cast("BinaryIO", file.stream)) for file in sent if file.filename]


def _registered(form: Entered, papers: list[Paper], cases: list[tuple[str, bool, str]]) -> str:
    wanted = request.form.get("case", "")
    if wanted and wanted not in {key_of(number, sample=sample) for number, sample, _title in cases}:
        wanted = ""
    told = PaperFacts(
        title=form.title.data or "",
        kind=form.kind.data,
        source=form.source.data or "",
        proves=form.proves.data or "",
        original_or_copy=form.original_or_copy.data or "",
        pages=pages_of(form.pages.data or ""),
        holder=form.holder.data or "",
    )
    sealed = seal_papers(house(), papers, purpose=f"{told.kind} {told.title}", said=told.checked())
    with acting() as work:
        item = register_paper(work, sealed, told, privileged=form.privileged.data)
        if wanted:
            exhibit_evidence(work, case_row(work, wanted), item, "", group="", proves=form.proves.data or "")
        return key_of(item.no, sample=item.sample)


def _entry(form: Entered, cases: list[tuple[str, bool, str]], *, needed: bool = False) -> str:
    return render_template(
        "evidence/register.html",
        form=form,
        cases=[(key_of(number, sample=sample), f"{number} {title}") for number, sample, title in cases],
        chosen=request.form.get("case", ""),
        files_needed=needed,
        limit=LIMIT // 1024 // 1024,
        most=MOST_FILES,
    )
