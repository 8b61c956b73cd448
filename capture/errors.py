"""Everything that can go wrong in a capture, as one tree with stable codes and messages in two languages.

CaptureError
├── RequestRefusedError            refused before anything starts; `capture()` raises it
│   ├── BadUrlError                the address is not a URL
│   ├── SchemeRefusedError         only http and https are visited
│   ├── CredentialsInUrlError      user:password@ in the address would enter the evidence
│   ├── AddressRefusedError        private, loopback or reserved address that is not on the allow-list
│   └── OutputRefusedError         the output folder already holds something
├── SetupError                     the machine lacks something; `capture()` raises it
│   ├── MissingBrowserError        no usable Chromium
│   ├── SandboxUnavailableError    Chromium cannot start with its sandbox on
│   ├── BrowserFailedError         Chromium does not start
│   └── MissingFontsError          no installed font can show Chinese
├── NetworkError                   recorded for the connection; a FAILED or PARTIAL result
│   ├── NameNotResolvedError       the host name has no address
│   ├── ConnectionFailedError      the server cannot be reached or hung up
│   ├── TlsFailureError            the certificate or the handshake is not acceptable
│   ├── LimitReachedError          a limit on bytes, connections or seconds stopped it
│   └── BadExchangeError           the server does not speak HTTP
├── StepError                      recorded for the step; a PARTIAL result
│   ├── StepTimeoutError           a step took longer than its limit
│   ├── NavigationFailedError      the page could not be opened
│   ├── BlankImageError            a picture is uniform where the page has text
│   ├── PageCrashedError           the page or the browser ended during the step
│   ├── NotAPageError              the address gave a file, not a page
│   └── StepFailedError            anything else, with the words of the failing part
└── RecordError                    the record itself is in danger
    ├── DiskFullError              no space left
    ├── RecordBrokenError          what the relay wrote cannot be read back
    └── RelayStoppedError          the recording relay ended before the capture did
"""

from typing import ClassVar, Literal

Lang = Literal["zh", "en"]


class CaptureError(Exception):
    """Base of every error of this package.

    Attributes:
        code: Stable identifier, never reused with another meaning.
        retryable: Whether the same request may succeed later without any change.
        detail: The particular host, path, number or words; put into the message.
    """

    code: ClassVar[str] = "capture.error"
    retryable: ClassVar[bool] = False
    zh: ClassVar[str] = "取证出错：{detail}。请重试；仍然出错时，把取证记录交给管理员。"
    en: ClassVar[str] = "Capture failed: {detail}. Try again; if it persists, give the record to the administrator."

    def __init__(self, detail: str = "") -> None:
        self.detail = detail
        super().__init__(self.message("en"))

    def message(self, lang: Lang = "zh") -> str:
        """Return the sentence for a person: what happened and what to do."""
        return (self.zh if lang == "zh" else self.en).format(detail=self.detail)


class RequestRefusedError(CaptureError):
    """The request is refused before anything starts."""

    code = "capture.request_refused"
    zh = "取证请求被拒绝：{detail}。请改正后重新提交。"
    en = "The capture request was refused: {detail}. Correct it and submit again."


class BadUrlError(RequestRefusedError):
    """The address is not a URL."""

    code = "capture.bad_url"
    zh = "网址无法识别：{detail}。请从浏览器地址栏复制完整网址，以 http:// 或 https:// 开头。"
    en = "Not a usable address: {detail}. Copy the full address from the browser, starting with http:// or https://."


class SchemeRefusedError(RequestRefusedError):
    """Only http and https are visited."""

    code = "capture.scheme_refused"
    zh = "只能对 http 和 https 网址取证，不支持：{detail}。本地文件请用“上传证据”登记。"
    en = "Only http and https addresses can be captured, not: {detail}. Register local files as an upload instead."


class CredentialsInUrlError(RequestRefusedError):
    """A user name or password inside the address would enter the evidence."""

    code = "capture.credentials_in_url"
    zh = "网址中带有用户名或密码，会写进证据，已拒绝。请去掉“用户名:密码@”部分再提交。"
    en = "The address carries a user name or password that would enter the evidence. Remove the part before “@”."


class AddressRefusedError(RequestRefusedError):
    """The target address is private, loopback, link-local or reserved."""

    code = "capture.address_refused"
    zh = "目标是内网、本机或保留地址，已拒绝：{detail}。确需对内网页面取证时，请管理员把“主机:端口”加入允许名单。"
    en = (
        "The target is a private, local or reserved address: {detail}. "
        "If an internal page must be captured, ask the administrator to allow its host:port."
    )


class OutputRefusedError(RequestRefusedError):
    """The output folder already holds something; evidence is never overwritten."""

    code = "capture.output_refused"
    zh = "输出目录不可用：{detail}。证据不会被覆盖，请换一个空目录。"
    en = "The output folder cannot be used: {detail}. Evidence is never overwritten; choose an empty folder."


class SetupError(CaptureError):
    """The machine lacks something a capture needs."""

    code = "capture.setup"
    zh = "本机环境不完整：{detail}。请运行 bianwu doctor 查看缺少什么。"
    en = "This machine is not ready: {detail}. Run `bianwu doctor` to see what is missing."


class MissingBrowserError(SetupError):
    """No usable Chromium was found."""

    code = "capture.missing_browser"
    zh = "找不到 Chromium：{detail}。请安装（sudo apt-get install chromium），或设置 BIANWU_CHROMIUM 指向它。"
    en = "No usable Chromium: {detail}. Install it (sudo apt-get install chromium) or set BIANWU_CHROMIUM to it."


class SandboxUnavailableError(SetupError):
    """Chromium cannot start with its sandbox on; a capture without it is refused."""

    code = "capture.sandbox_unavailable"
    zh = (
        "Chromium 沙箱无法启用，已拒绝在无沙箱状态下打开不可信网页：{detail}。"
        "请允许非特权用户命名空间（sysctl kernel.unprivileged_userns_clone=1）；以 root 运行时请安装 setpriv。"
    )
    en = (
        "Chromium's sandbox cannot be enabled, and hostile pages are not opened without it: {detail}. "
        "Allow unprivileged user namespaces (sysctl kernel.unprivileged_userns_clone=1); as root install setpriv."
    )


class BrowserFailedError(SetupError):
    """Chromium was found but does not start."""

    code = "capture.browser_failed"
    retryable = True
    zh = "Chromium 启动失败：{detail}。请检查内存和 /dev/shm 空间后重试。"
    en = "Chromium does not start: {detail}. Check memory and /dev/shm, then try again."


class MissingFontsError(SetupError):
    """No installed font can show Chinese; pictures would show boxes."""

    code = "capture.missing_fonts"
    zh = "缺少中文字体，截图中的汉字会变成方框：{detail}。请安装（sudo apt-get install fonts-noto-cjk）后重新取证。"
    en = "No font can show Chinese: {detail}. Install one (sudo apt-get install fonts-noto-cjk) and capture again."


class NetworkError(CaptureError):
    """A connection of the capture failed."""

    code = "capture.network"
    retryable = True
    zh = "网络错误：{detail}。请稍后重试。"
    en = "Network error: {detail}. Try again later."


class NameNotResolvedError(NetworkError):
    """The host name has no address."""

    code = "capture.name_not_resolved"
    zh = "域名无法解析：{detail}。请核对网址；网址无误时稍后重试，本次结果已记录。"
    en = "The host name does not resolve: {detail}. Check the address or try later; this result is on record."


class ConnectionFailedError(NetworkError):
    """The server cannot be reached or ended the connection."""

    code = "capture.connection_failed"
    zh = "无法连接服务器：{detail}。请稍后重试，本次结果已记录。"
    en = "The server cannot be reached: {detail}. Try later; this result is on record."


class TlsFailureError(NetworkError):
    """The server's certificate or the TLS handshake is not acceptable."""

    code = "capture.tls_failure"
    retryable = False
    zh = "服务器证书或加密连接不可信：{detail}。不会放宽校验；请用其他网络核对，证书链已记录。"
    en = (
        "The server's certificate or encrypted connection is not trusted: {detail}. "
        "Verification is never relaxed; check from another network. The chain is on record."
    )


class LimitReachedError(NetworkError):
    """A limit on bytes, connections or seconds stopped the transfer."""

    code = "capture.limit_reached"
    retryable = False
    zh = "达到取证上限，内容被截断：{detail}。截断已写入记录；需要完整内容时请提高上限重新取证。"
    en = "A capture limit cut the content: {detail}. The cut is on record; raise the limit and capture again if needed."


class BadExchangeError(NetworkError):
    """The server does not speak HTTP as the standard says."""

    code = "capture.bad_exchange"
    zh = "服务器的回应不符合 HTTP 协议：{detail}。已按收到的样子记录。"
    en = "The server's answer is not valid HTTP: {detail}. It is on record as received."


class StepError(CaptureError):
    """A step of the capture failed; the result is PARTIAL or FAILED and says so."""

    code = "capture.step"
    retryable = True


class StepTimeoutError(StepError):
    """A step took longer than its limit."""

    code = "capture.step_timeout"
    zh = "步骤超时：{detail}。结果标为“不完整”，可重新取证。"
    en = "A step ran out of time: {detail}. The result is marked PARTIAL; capture again if needed."


class NavigationFailedError(StepError):
    """The page could not be opened."""

    code = "capture.navigation_failed"
    zh = "页面无法打开：{detail}。请核对网址后重试，本次结果已记录。"
    en = "The page cannot be opened: {detail}. Check the address and try again; this result is on record."


class BlankImageError(StepError):
    """A picture is uniform although the page has text there."""

    code = "capture.blank_image"
    zh = "截图为空白但页面此处有文字：{detail}。该截图不得作为证据，请重新取证。"
    en = "A picture is blank where the page has text: {detail}. Do not use it as evidence; capture again."


class PageCrashedError(StepError):
    """The page or the browser ended during the step."""

    code = "capture.page_crashed"
    zh = "页面或浏览器在取证中崩溃：{detail}。已保存崩溃前的内容，请重新取证。"
    en = "The page or browser crashed: {detail}. What was captured before is kept; capture again."


class NotAPageError(StepError):
    """The address gave a file, not a page."""

    code = "capture.not_a_page"
    retryable = False
    zh = "该网址返回的是文件而不是网页：{detail}。已按文件保存原件。"
    en = "The address gives a file, not a page: {detail}. The file itself was kept."


class StepFailedError(StepError):
    """Any other failure, with the words of the failing part."""

    code = "capture.step_failed"
    zh = "步骤失败：{detail}。结果标为“不完整”，可重新取证。"
    en = "A step failed: {detail}. The result is marked PARTIAL; capture again if needed."


class RecordError(CaptureError):
    """The record itself is in danger."""

    code = "capture.record"


class DiskFullError(RecordError):
    """No space is left for the record."""

    code = "capture.disk_full"
    retryable = True
    zh = "磁盘空间不足：{detail}。请清理磁盘后重新取证，已写入的内容未被覆盖。"
    en = "The disk is full: {detail}. Free some space and capture again; nothing written was overwritten."


class RecordBrokenError(RecordError):
    """What the relay wrote cannot be read back."""

    code = "capture.record_broken"
    zh = "网络记录无法读回：{detail}。该次取证不得使用，请重新取证。"
    en = "The network record cannot be read back: {detail}. Do not use this capture; capture again."


class RelayStoppedError(RecordError):
    """The recording relay ended before the capture did."""

    code = "capture.relay_stopped"
    retryable = True
    zh = "记录用的网络中继意外停止：{detail}。请重新取证。"
    en = "The recording relay stopped unexpectedly: {detail}. Capture again."
