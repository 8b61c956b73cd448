"""Errors as calm pages: what happened, what is safe, what to do; code and request id in small print, no stack."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from http import HTTPStatus

from flask import Flask, g, jsonify, make_response, redirect, render_template, request, url_for
from flask.globals import request_ctx
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from caseapp.documents import errors as papers
from caseapp.domain import errors as domain
from caseapp.services.approvals import NotApprovedBytesError
from caseapp.services.holds import ErasedError
from caseapp.services.sharing import LinkEndedError
from caseapp.web import sending
from caseapp.web.i18n import N_, _, language
from evidence_store import EvidenceError
from evidence_store.tombstones import PackageErasedError

log = logging.getLogger("bianwu.web")

STATUS: dict[type[domain.CaseError], int] = {
    domain.NotSignedInError: 401,
    domain.BadCredentialsError: 401,
    domain.ThrottledError: 429,
    domain.PermissionDeniedError: 403,
    domain.NotFoundError: 404,
    domain.InvalidInputError: 422,
    domain.NoticeBarredError: 422,
    domain.CaptureRefusedError: 422,
    domain.WorkflowRefusedError: 409,
    domain.ConflictError: 409,
    domain.AppendOnlyError: 409,
    domain.SchemaBehindError: 503,
    domain.SchemaAheadError: 503,
    domain.FaultyRuleError: 500,
    LinkEndedError: 410,
    ErasedError: 410,
    papers.BadFactsError: 422,
    papers.UnknownKindError: 422,
    papers.UnknownLanguageError: 422,
    papers.BadModelError: 409,
    papers.MissingGlyphsError: 503,
    NotApprovedBytesError: 409,
}
TITLES = {
    400: N_("这个请求不完整"),
    401: N_("请先登录"),
    403: N_("这里需要另一项权限"),
    404: N_("没有找到这一页"),
    405: N_("这个地址不能这样用"),
    409: N_("与现在的状态对不上"),
    410: N_("链接已失效"),
    413: N_("内容太大，没有收下"),
    415: N_("不支持这种内容"),
    422: N_("有一项需要改"),
    429: N_("稍等再试"),
    500: N_("程序出了错，数据没有改动"),
    503: N_("有一个部件暂时用不上"),
}
FACTS = {
    400: N_("表单不完整，或停留太久已失效。没有任何内容被保存。请返回重新打开该页再试。"),
    403: N_("您的角色没有这项权限。需要时请找案件主办法务或管理员。"),
    404: N_("它可能不存在，也可能属于您不参与的案件；两者在这里不作区分。请核对编号。"),
    405: N_("请从页面上的按钮操作。"),
    410: N_("它已过期、已收回，或已达到允许的次数。"),
    413: N_("超过了一次能接收的大小：一般 16 MB，证据登记 30 MB。没有任何内容被保存。请分批提交。"),
    415: N_("请从页面上的表单提交。"),
    422: N_("没有任何内容被保存。请按提示修改。"),
    429: N_("短时间内请求过多。已有的数据不受影响。"),
    500: N_("这次操作没有生效，已有的数据和证据不受影响。请重试；仍不行，请把请求号告诉管理员。"),
    503: N_("已有的数据和证据不受影响。请稍后重试，或在系统状态页查看。"),
}
STALE_FORM = N_("这张表单已失效")
STALE_FACT = N_(
    "它是在另一次登录时打开的，或者停留太久。没有任何内容被保存。用浏览器的“后退”回到那一页，填的内容还在；刷新该页后再提交。"
)
SAYING = frozenset({"Allow", "Retry-After", "Content-Range"})
"""Headers without which a refusal says less than it must (RFC 9110 §10.2.1, §10.2.3, §14.4)."""
ERASED = N_("原件已依法处置")
PART_AWAY_SECONDS = 60
"""After how long to ask again when a part is away (RFC 9110 §10.2.3): the supervisor has begun it anew by then."""


@dataclass(frozen=True, slots=True)
class Problem:
    """What an error page shows.

    Attributes:
        status: HTTP status.
        title: what happened, one line.
        message: what is safe and what to do.
        code: stable code for support.
        retryable: whether trying again can help.
    """

    status: int
    title: str
    message: str
    code: str
    retryable: bool = False


def status_of(error: domain.CaseError) -> int:
    """Return the HTTP status of an error of the case application; the nearest ancestor decides."""
    return next((STATUS[kind] for kind in type(error).__mro__ if kind in STATUS), 500)


def of_status(status: int) -> Problem:
    """Return the page of a plain HTTP error."""
    shown = status if status in TITLES else 500 if status >= HTTPStatus.INTERNAL_SERVER_ERROR else 400
    name = HTTPStatus(status).phrase.lower().replace(" ", "-")
    return Problem(status, _(TITLES[shown]), _(FACTS.get(shown, FACTS[500])), name, retryable=status in {429, 503})


def answer(problem: Problem, wait: int | None = None) -> Response:
    """Render a problem as a page, or as a line for a partial request, or as JSON for a machine."""
    if request_ctx.url_adapter is None:  # the Host header is none: no page can say where its parts lie
        return make_response(f"{problem.title}\n{problem.message}\n", problem.status, {"Content-Type": "text/plain"})
    if request.accept_mimetypes.best_match(["text/html", "application/json"]) == "application/json":
        body = {"code": problem.code, "message": problem.message, "retryable": problem.retryable}
        made = make_response(jsonify({"error": body}), problem.status)
    else:
        template = "errors/line.html" if "HX-Request" in request.headers else _page()
        made = make_response(render_template(template, problem=problem), problem.status)
        if "HX-Boosted" in request.headers:  # the page stays as it is, with what was typed; the line stands above it
            made.headers["HX-Retarget"], made.headers["HX-Reswap"] = "#toasts", "innerHTML show:top"
            made.headers["HX-Reselect"] = ".alert-line"
    if wait or problem.status == HTTPStatus.SERVICE_UNAVAILABLE:
        made.headers["Retry-After"] = str(wait or PART_AWAY_SECONDS)
    return made


def _page() -> str:
    """Return the template of a whole page: within the application's frame for whoever may use it."""
    person = g.get("visitor")
    return "errors/framed.html" if person is not None and not person.must_change else "errors/page.html"


def _case_error(error: domain.CaseError) -> Response:
    if isinstance(error, domain.AlreadyExistsError) and (first := sending.sent_before(error)) is not None:
        return first
    status = status_of(error)
    if isinstance(error, domain.NotSignedInError) and "HX-Request" not in request.headers:
        return redirect(url_for("account.sign_in", ended="1"))
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        log.error("request failed: %s", error)
    seconds = error.facts.get("seconds")
    title = ERASED if isinstance(error, ErasedError) else TITLES[status]
    problem = Problem(status, _(title), error.message(language()), error.code, error.retryable)
    return answer(problem, int(seconds) if isinstance(seconds, int) else None)


def _evidence_error(error: EvidenceError) -> Response:
    if isinstance(error, PackageErasedError):
        return answer(Problem(410, _(ERASED), error.message(language()), error.code))
    log.error("evidence store: %s", error)
    status = 503 if error.retryable else 500
    return answer(Problem(status, _(TITLES[status]), error.message(language()), error.code, error.retryable))


def _http_error(error: HTTPException) -> Response:
    status = error.code or 500
    if error.response is not None or status < HTTPStatus.BAD_REQUEST:
        return error.get_response()
    made = answer(of_status(status))
    for name, value in error.get_headers(request.environ):
        if name in SAYING:
            made.headers[name] = value
    return made


def _forged(error: CSRFError) -> Response:
    """Refuse a form whose token is not of this sign-in.

    Our own scripts announce themselves with a header no other site can send (it would need our consent, CORS): there
    the person signs in over the page, which keeps what was typed and puts in the fresh token.
    """
    if "HX-Request" in request.headers:
        return _case_error(domain.NotSignedInError())
    log.warning("forgery check refused a request: %s", error.description)
    return answer(Problem(400, _(STALE_FORM), _(STALE_FACT), "csrf"))


def _unexpected(error: Exception) -> Response:
    log.error("unexpected error", exc_info=error)
    return answer(of_status(500))


def init_app(app: Flask) -> None:
    """Register the pages."""
    app.register_error_handler(domain.CaseError, _case_error)
    app.register_error_handler(EvidenceError, _evidence_error)
    app.register_error_handler(CSRFError, _forged)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(Exception, _unexpected)
