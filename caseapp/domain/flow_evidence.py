"""Workflows of captures, posts and evidence."""

from __future__ import annotations

from typing import Final

from caseapp.domain.flow import Need, State, Transition, When, Workflow
from caseapp.domain.labels import Label
from caseapp.domain.permissions import P

L = Label
S = State
T = Transition

CAPTURE: Final = Workflow(
    "capture",
    L("取证", "capture"),
    "status",
    (
        S("queued", L("排队中", "queued")),
        S("running", L("取证中", "running")),
        S("done", L("已完成", "done"), final=True),
        S("cancelled", L("已取消", "cancelled"), final=True),
    ),
    (
        T("start", ("queued",), "running", P.CAPTURE_RUN, L("开始", "start"), stamps=("started_at",)),
        T("give_back", ("running",), "queued", P.CAPTURE_RUN, L("交还排队", "give back"), reason=True),
        T("finish", ("running",), "done", P.CAPTURE_RUN, L("完成", "finish"),
          requires=(Need("result", L("取证结果", "result")),), stamps=("finished_at",)),
        T("cancel", ("queued", "running"), "cancelled", P.CAPTURE_CANCEL, L("取消", "cancel"), reason=True,
          stamps=("finished_at",)),
    ),
)  # fmt: skip

_SEEN_BEFORE = ("live", "changed", "unknown", "restricted")
_GONE = ("removed_by_author", "removed_by_platform", "restricted")
_PROOF = Need("proof_evidence_id", L("下架取证页", "a sealed proof page"))

POST: Final = Workflow(
    "post",
    L("涉案内容", "post"),
    "liveness",
    (
        S("unknown", L("未查", "unknown")),
        S("live", L("在线", "live")),
        S("changed", L("已改动", "changed")),
        S("gone_pending", L("疑似下架", "gone, to be confirmed")),
        S("removed_by_author", L("作者已删", "removed by its author")),
        S("removed_by_platform", L("平台已处置", "removed by the platform")),
        S("restricted", L("受限可见", "restricted")),
    ),
    (
        T("see", ("unknown", "gone_pending", "changed", "live"), "live", P.POST_CHECK,
          L("查见在线", "seen live"), stamps=("last_checked_at",)),
        T("change", ("live", "changed"), "changed", P.POST_CHECK, L("查见改动", "seen changed"),
          stamps=("last_checked_at",)),
        T("miss", (*_SEEN_BEFORE, "gone_pending"), "gone_pending", P.POST_CHECK,
          L("首次查不到", "first failing check"), stamps=("last_checked_at",)),
        T("confirm_author_removal", ("gone_pending",), "removed_by_author", P.POST_CHECK,
          L("确认作者删除", "confirm removal by author"), requires=(_PROOF,), stamps=("last_checked_at",)),
        T("confirm_platform_removal", ("gone_pending",), "removed_by_platform", P.POST_CHECK,
          L("确认平台处置", "confirm removal by platform"), requires=(_PROOF,), stamps=("last_checked_at",)),
        T("confirm_restriction", ("gone_pending",), "restricted", P.POST_CHECK,
          L("确认受限", "confirm restriction"), requires=(_PROOF,), stamps=("last_checked_at",)),
        T("lose_sight", ("live", "changed", "gone_pending", "restricted"), "unknown", P.POST_CHECK,
          L("无法判断", "cannot tell"), reason=True, stamps=("last_checked_at",)),
        T("relapse", _GONE, "live", P.POST_CHECK, L("恢复显示", "back again"),
          stamps=("last_checked_at", "relapsed_at")),
    ),
)  # fmt: skip

_DISPOSABLE = ("registered", "in_use", "produced")

EVIDENCE_ITEM: Final = Workflow(
    "evidence_item",
    L("证据", "evidence item"),
    "status",
    (
        S("registered", L("已登记", "registered")),
        S("in_use", L("使用中", "in use")),
        S("produced", L("已提交", "produced")),
        S("disposal_requested", L("申请处置", "disposal requested")),
        S("disposed", L("已处置", "disposed"), final=True),
    ),
    (
        T("use", ("registered",), "in_use", P.EVIDENCE_EXHIBIT, L("编入目录", "use as exhibit")),
        T("produce", ("in_use",), "produced", P.EVIDENCE_EXHIBIT, L("提交", "produce")),
        T("request_disposal", _DISPOSABLE, "disposal_requested",
          P.EVIDENCE_REQUEST_DISPOSAL, L("申请处置", "request disposal"), reason=True,
          stamps=("disposal_requested_by",)),
        *(T("keep", ("disposal_requested",), before, P.EVIDENCE_DISPOSE, L("不予处置", "keep"), reason=True,
            when=When("status_before", (before,))) for before in _DISPOSABLE),
        *(T("withdraw", ("disposal_requested",), before, P.EVIDENCE_REQUEST_DISPOSAL, L("撤回处置申请", "withdraw"),
            reason=True, when=When("status_before", (before,))) for before in _DISPOSABLE),
        T("dispose", ("disposal_requested",), "disposed", P.EVIDENCE_DISPOSE, L("批准处置", "dispose"),
          not_by=("disposal_requested_by",), reason=True, stamps=("disposed_by", "disposed_at")),
    ),
)  # fmt: skip

HANDOVER: Final = Workflow(
    "handover",
    L("移交", "handover"),
    "status",
    (
        S("out", L("在外", "out")),
        S("returned", L("已归还", "returned"), final=True),
        S("settled", L("无须归还", "not to be returned"), final=True),
    ),
    (
        T("give_back", ("out",), "returned", P.EVIDENCE_TRANSFER, L("登记归还", "record the return"), reason=True,
          stamps=("returned_by", "returned_at")),
        T("settle", ("out",), "settled", P.EVIDENCE_TRANSFER, L("改为无须归还", "no return needed"), reason=True),
    ),
)  # fmt: skip

SEAL: Final = Workflow(
    "seal",
    L("封存", "seal"),
    "seal_state",
    (
        S("stored", L("已入库", "stored")),
        S("sealed", L("已封存", "sealed")),
        S("logged", L("已入册", "logged")),
        S("stamped", L("已加戳", "stamped")),
        S("witnessed", L("已见证", "witnessed")),
        S("complete", L("完备", "complete")),
        S("mismatch", L("校验不符", "mismatch")),
    ),
    (
        T("seal", ("stored",), "sealed", P.EVIDENCE_SEAL, L("封存", "seal")),
        T("log", ("stored", "sealed"), "logged", P.EVIDENCE_SEAL, L("入册", "log"), stamps=("logged_at",)),
        T("stamp", ("logged", "stamped"), "stamped", P.EVIDENCE_SEAL, L("加戳", "stamp"),
          stamps=("stamped_at",)),
        T("witness", ("logged", "stamped"), "witnessed", P.EVIDENCE_SEAL, L("见证", "witness")),
        T("complete", ("stamped", "witnessed"), "complete", P.EVIDENCE_SEAL, L("完备", "complete")),
        T("alarm", ("stored", "sealed", "logged", "stamped", "witnessed", "complete"), "mismatch",
          P.EVIDENCE_SEAL, L("报警", "alarm"), reason=True),
    ),
)  # fmt: skip

JOB: Final = Workflow(
    "job",
    L("后台任务", "job"),
    "status",
    (
        S("queued", L("排队中", "queued")),
        S("running", L("运行中", "running")),
        S("done", L("已完成", "done"), final=True),
        S("failed", L("失败", "failed")),
        S("cancelled", L("已取消", "cancelled"), final=True),
    ),
    (
        T("start", ("queued",), "running", P.JOB_RUN, L("开始", "start"), stamps=("started_at",)),
        T("give_back", ("running",), "queued", P.JOB_RUN, L("交还排队", "give back"), reason=True),
        T("finish", ("running",), "done", P.JOB_RUN, L("完成", "finish"), stamps=("finished_at",)),
        T("fail", ("running", "queued"), "failed", P.JOB_RUN, L("失败", "fail"), reason=True,
          stamps=("finished_at",)),
        T("retry", ("failed",), "queued", P.JOB_RUN, L("重试", "retry")),
        T("cancel", ("queued", "running"), "cancelled", P.CAPTURE_CANCEL, L("取消", "cancel"), reason=True,
          stamps=("finished_at",)),
    ),
)  # fmt: skip
