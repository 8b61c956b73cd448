"""The errors of the case application, one tree.

::

    CaseError
    ├── NotSignedInError            no valid session
    ├── BadCredentialsError         wrong login or password
    ├── ThrottledError              too many attempts, wait
    ├── PermissionDeniedError       the role lacks the permission
    ├── NotFoundError               absent, or not visible to this person (never told apart)
    ├── InvalidInputError           a field's value is refused
    │   └── InvalidNumberError      not a number of this register
    ├── WorkflowRefusedError        this action is not open in this state
    │   ├── MissingBeforeError      a value or proof the step needs is absent
    │   ├── ReasonRequiredError     the step needs a written reason
    │   └── SecondPersonRequiredError   the same person prepared it
    ├── ConflictError
    │   ├── StaleVersionError       someone else changed the row meanwhile
    │   └── AlreadyExistsError      the unique key is taken
    ├── CaptureRefusedError         an address that may not be visited
    ├── NoticeBarredError           a genuine complaint or fair comment in a notice
    ├── AppendOnlyError             an attempt to change a record that only grows
    ├── SchemaBehindError           the database is of an older version
    ├── SchemaAheadError            the database is of a newer version
    └── FaultyRuleError             a table or rule of the program itself is wrong

Each has a stable ``code``, ``retryable``, and a message in both languages that says what to do.
"""

from __future__ import annotations

from typing import ClassVar

from caseapp.domain.labels import Label, Lang


class CaseError(Exception):
    """The root of the tree.

    Args:
        facts: values put into the message; a ``Label`` value appears in the message's language.
    """

    code: ClassVar[str] = "case-error"
    retryable: ClassVar[bool] = False
    text: ClassVar[Label] = Label(
        "操作没有完成，请重试；仍不行请联系管理员。", "Not done. Try again or ask your admin."
    )

    def __init__(self, **facts: object) -> None:
        self.facts = facts
        super().__init__(f"{self.code}: {self.message('en')}")

    def message(self, lang: Lang = "zh") -> str:
        """Return what happened and what to do, in ``lang``."""
        shown = {key: v.text(lang) if isinstance(v, Label) else v for key, v in self.facts.items()}
        return self.text.text(lang).format_map(shown)


class NotSignedInError(CaseError):
    """No valid session."""

    code = "not-signed-in"
    text = Label("登录已失效，请重新登录。", "Your session has ended. Please sign in again.")


class BadCredentialsError(CaseError):
    """Wrong login or password; which of the two is never told."""

    code = "bad-credentials"
    text = Label(
        "登录名或密码不对，请重新输入。忘记密码请找管理员重设。",
        "Wrong login or password. Try again, or ask your admin for a reset.",
    )


class ThrottledError(CaseError):
    """Too many attempts. Facts: ``seconds`` to wait."""

    code = "throttled"
    retryable = True
    text = Label("尝试次数过多，请在 {seconds} 秒后再试。", "Too many attempts. Try again in {seconds} seconds.")


class PermissionDeniedError(CaseError):
    """The role lacks the permission. Facts: ``permission`` (a Label)."""

    code = "permission-denied"
    text = Label(
        "您没有“{permission}”的权限，请联系案件主办法务或管理员授权。",
        "You may not {permission}. Ask the case lead or an admin to grant it.",
    )


class NotFoundError(CaseError):
    """Absent or not visible. Facts: ``kind``."""

    code = "not-found"
    text = Label(
        "没有找到该{kind}，或您无权查看。请核对编号。",
        "This {kind} does not exist or you may not see it. Check the number.",
    )


class InvalidInputError(CaseError):
    """A value is refused. Facts: ``field`` and ``problem`` (both Labels)."""

    code = "invalid-input"
    text = Label("“{field}”填写有误：{problem}", "{field}: {problem}")


class InvalidNumberError(InvalidInputError):
    """A human number that does not parse. Facts: ``number``."""

    code = "invalid-number"
    text = Label(
        "编号“{number}”格式不对，应像 案-2026-0001。", "'{number}' is not a number of ours; write it like 案-2026-0001."
    )


class WorkflowRefusedError(CaseError):
    """The action is not open in this state. Facts: ``workflow``, ``action``, ``state`` (Labels)."""

    code = "workflow-refused"
    text = Label(
        "{workflow}现为“{state}”，不能“{action}”。请刷新页面，按“下一步”操作。",
        "The {workflow} is “{state}”: “{action}” is not possible. Refresh and follow the next step.",
    )


class MissingBeforeError(WorkflowRefusedError):
    """A value the step needs is absent. Facts: ``action``, ``field``."""

    code = "missing-before"
    text = Label("“{action}”之前须先填写：{field}。", "Before “{action}” fill in: {field}.")


class ReasonRequiredError(WorkflowRefusedError):
    """The step needs a written reason. Facts: ``action``."""

    code = "reason-required"
    text = Label("“{action}”须写明理由。", "“{action}” needs a written reason.")


class SecondPersonRequiredError(WorkflowRefusedError):
    """The actor prepared the thing. Facts: ``action``."""

    code = "second-person-required"
    text = Label(
        "“{action}”须由另一人办理：经办人不能自己批准。请转给其他有权限的同事。",
        "“{action}” must be done by a second person, not by whoever prepared it. Pass it to a colleague.",
    )


class ConflictError(CaseError):
    """Two changes met."""

    code = "conflict"
    retryable = True
    text = Label("与他人的改动冲突，请刷新后重试。", "This conflicts with another change. Refresh and try again.")


class StaleVersionError(ConflictError):
    """Someone else changed the row meanwhile."""

    code = "stale-version"
    text = Label(
        "这条记录刚被他人改过，您的修改没有保存。请刷新，对照后再改。",
        "Someone changed this meanwhile; your change was not saved. Refresh, compare, then edit again.",
    )


class AlreadyExistsError(ConflictError):
    """The unique key is taken. Facts: ``kind``."""

    code = "already-exists"
    retryable = False
    text = Label("已有相同的{kind}，无须重复登记。", "The same {kind} already exists; no need to add it again.")


class NoticeBarredError(CaseError):
    """A post that must never be in a notice. Facts: ``verdict`` (a Label)."""

    code = "notice-barred"
    text = Label(
        "该内容已定性为“{verdict}”，不得列入侵权通知。如定性有误，请由另一人凭新证据重新研判。",
        "This post was judged “{verdict}” and may not enter a notice. If wrong, a second person must re-triage it.",
    )


class AppendOnlyError(CaseError):
    """An attempt to change a record that only grows."""

    code = "append-only"
    text = Label(
        "该记录只能追加，不能修改或删除；请另记一条更正。", "This record only grows. Add a correcting entry instead."
    )


class CaptureRefusedError(CaseError):
    """The capture library refused an address. Facts: ``what`` (a Label with its own words)."""

    code = "capture-refused"
    text = Label("{what}", "{what}")


class FaultyRuleError(CaseError):
    """A table of the program itself is wrong. Facts: ``detail``."""

    code = "faulty-rule"
    text = Label("程序规则有误（{detail}），请报告开发者。", "A built-in rule is wrong ({detail}). Please report it.")


class SchemaBehindError(CaseError):
    """The database is of an older version. Facts: ``at``, ``newest``."""

    code = "schema-behind"
    text = Label(
        "数据库结构为 {at}，本版本需要 {newest}。请先备份，再运行 bianwu upgrade。",
        "The database schema is {at}; this version needs {newest}. Back it up, then run: bianwu upgrade",
    )


class SchemaAheadError(CaseError):
    """The database was written by a newer version. Facts: ``at``, ``newest``."""

    code = "schema-ahead"
    text = Label(
        "数据库结构 {at} 由更新的版本写成，本版本只认识到 {newest}。数据没有改动；请安装更新的版本。",
        "The schema {at} was written by a newer version; this one knows {newest}. Nothing changed; install the newer.",
    )
