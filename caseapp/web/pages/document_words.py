"""What a document says of itself: its route, what blocks it, the one next step."""

from __future__ import annotations

from dataclasses import dataclass

from flask import url_for

from caseapp.documents import load
from caseapp.domain.errors import CaseError, PermissionDeniedError, SecondPersonRequiredError, WorkflowRefusedError
from caseapp.domain.permissions import Permission
from caseapp.domain.workflow import DOCUMENT_VERSION
from caseapp.models import Document, DocumentVersion, Notice
from caseapp.services.approvals import check_step
from caseapp.services.queries.documents import blocks_of
from caseapp.services.queries.rows_documents import EDITABLE, Decision, VersionLine
from caseapp.services.work import Work
from caseapp.web.i18n import _, language, many
from caseapp.web.unit import key_of

PUBLIC = "public"


@dataclass(frozen=True, slots=True)
class RouteStep:
    """One step of the route: what, by whom when it is done, and whether it is the open one."""

    label: str
    who: str
    done: bool
    now: bool


@dataclass(frozen=True, slots=True)
class Bar:
    """The bottom bar.

    Attributes:
        route: who has done what.
        says: what blocks, or what it waits for.
        verb, href: the one next step; empty when it is another's.
        blocked: why the button does nothing yet.
    """

    route: tuple[RouteStep, ...]
    says: str
    verb: str = ""
    href: str = ""
    blocked: str = ""


@dataclass(frozen=True, slots=True)
class May:
    """What this person may do with the version shown."""

    edit: bool
    submit: bool
    decide: bool
    sign: bool
    dispatch: bool
    publish: bool
    refusal: str


def may(work: Work, document: Document, version: DocumentVersion, notice: Notice | None) -> May:
    """Return what this person may do with a version now; nothing with one that is not the latest."""
    held = work.permissions(document)
    last = version.n == document.latest_n
    offered = {step.action for step in work.offers(DOCUMENT_VERSION, version)} if last else set()
    refusal = refused(work, version) if last and version.status == "in_review" else None
    left = last and version.status in {"approved", "signed", "dispatched", "delivered"}
    public = load(document.kind).audience == PUBLIC
    return May(
        edit=last and version.status in EDITABLE and Permission.DOCUMENT_DRAFT in held,
        submit="submit" in offered,
        decide=last and version.status == "in_review" and refusal is None,
        sign="sign" in offered,
        dispatch=left and notice is None and Permission.DOCUMENT_DISPATCH in held,
        publish=left and public and Permission.PUBLICATION_SCHEDULE in held,
        refusal=refusal or "",
    )


def refused(work: Work, version: DocumentVersion) -> str | None:
    """Say why this person may not decide the open step; None when he may."""
    try:
        check_step(work, version)
    except SecondPersonRequiredError:
        mine = work.actor.person in {version.author_id, version.submitted_by}
        return _("您起草或送审了这一稿，须由别人审批。") if mine else _("您已批准过前面的一步，须由别人审批。")
    except (PermissionDeniedError, WorkflowRefusedError) as refusal:
        return refusal.message(language())
    return None


def route(document: Document, line: VersionLine) -> tuple[RouteStep, ...]:
    """Return the steps from drafting to the last approval, each with who did it."""
    given = [one for one in line.decisions if one.decision == "approved"]
    returned = line.status == "changes_requested"
    steps = [RouteStep(_("起草"), line.author or _("未知"), done=True, now=line.status == "draft" or returned)]
    for at, label in enumerate(_labels(document, line)):
        done = at < len(given)
        steps.append(RouteStep(label, given[at].who if done else "", done, _waits(line, given) == at))
    return tuple(steps)


def _labels(document: Document, line: VersionLine) -> list[str]:
    if line.route:
        return [str(step["label"][language()]) for step in line.route]  # type: ignore[index]  # stored JSON
    try:
        return [step.label.in_language(language()) for step in load(document.kind).route]
    except CaseError:
        return []


def _waits(line: VersionLine, given: list[Decision]) -> int | None:
    return len(given) if line.status == "in_review" else None


def bar(document: Document, version: DocumentVersion, line: VersionLine, allowed: May, notice: Notice | None) -> Bar:
    """Return the bottom bar of a version."""
    steps = route(document, line)
    key = key_of(document.no, sample=document.sample)
    if version.n != document.latest_n:
        said = _("这是第 %(n)d 稿；最新是第 %(m)d 稿。", n=version.n, m=document.latest_n)
        return Bar(steps, said, _("看最新一稿"), url_for("document.page", number=key))
    if version.status == "draft":
        return _drafted(steps, key, version, allowed)
    if version.status == "changes_requested":
        reason = next((one.comment for one in reversed(line.decisions) if one.decision == "changes"), None)
        edit = url_for("document.edit", number=key) if allowed.edit else ""
        return Bar(steps, _("已退回：%(why)s", why=reason or _("未知")), _("改为新一稿") if edit else "", edit)
    if version.status == "in_review":
        if allowed.decide:
            return Bar(steps, _("等您审批"), _("审阅"), url_for("document.review", number=key))
        return Bar(steps, allowed.refusal or _("等待审批"))
    return _approved(steps, key, version, allowed, notice)


def _drafted(steps: tuple[RouteStep, ...], key: str, version: DocumentVersion, allowed: May) -> Bar:
    blocks = blocks_of(version)
    if not allowed.submit:
        return Bar(steps, many("还有 %(num)d 项阻断", blocks) if blocks else _("等待起草人送审"))
    if blocks:
        said = many("还有 %(num)d 项阻断", blocks)
        return Bar(steps, said, _("补齐字段"), url_for("document.edit", number=key), said)
    return Bar(steps, _("没有阻断"), _("核对并送审"), url_for("document.confirm", number=key))


def _approved(
    steps: tuple[RouteStep, ...], key: str, version: DocumentVersion, allowed: May, notice: Notice | None
) -> Bar:
    if notice is not None and version.status in {"approved", "signed"}:
        home = url_for("notice.page", number=key_of(notice.no, sample=notice.sample))
        return Bar(steps, _("已定稿；由通知提交平台。"), _("回到通知"), home)
    if version.status in {"approved", "signed"} and (allowed.publish or allowed.dispatch):
        verb = _("安排发布") if allowed.publish else _("发出")
        return Bar(steps, _("已定稿，字节不再改动。"), verb, url_for("document.leave", number=key))
    return Bar(steps, _("已定稿，字节不再改动。"))
