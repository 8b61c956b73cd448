"""``LocalPlatforms``: the demo's web on this machine, and the hands that move it."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import Self

from caseapp.demo.case_data import DemoCase, load_case
from caseapp.demo.case_types import Metrics
from caseapp.demo.errors import DemoSiteError
from caseapp.demo.site.content import SiteContent, StagePoint, load_content
from caseapp.demo.site.inbox import Inbox, Receipt
from caseapp.demo.site.pages import HOSTS
from caseapp.demo.site.routes import Router
from caseapp.demo.site.server import HttpsServer
from caseapp.demo.site.state import (
    AUTHOR_WORDS,
    DEFAULT_WORDS,
    DISPUTE_WORDS,
    GateKind,
    Removal,
    RemovalKind,
    SiteState,
)
from caseapp.demo.site.tls import DemoAuthority, server_contexts

LOOPBACK = "127.0.0.1"
HTTPS_PORT = 443


class LocalPlatforms:
    """Serve the three fictional platforms, the company's site and the regulator's over HTTPS on loopback.

    Use as a context manager; leaving it hangs up on every connection and removes the root certificate.

    Attributes:
        content: What can be shown.
        root_pem: The demo root certificate, to be recorded as 附加信任根. Exists while serving.
    """

    def __init__(self, case: DemoCase | None = None, *, port: int = 0) -> None:
        self.content: SiteContent = load_content(case or load_case())
        self._state = SiteState(self.content)
        self._inbox = Inbox()
        self._port = port
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._server: HttpsServer | None = None
        self.root_pem = Path()

    def __enter__(self) -> Self:
        """Make the authority and begin to serve."""
        self._folder = tempfile.TemporaryDirectory(prefix="bianwu-demo-")
        folder = Path(self._folder.name)
        authority = DemoAuthority.make()
        contexts = server_contexts(authority, HOSTS, folder)
        self.root_pem = folder / "demo-root.pem"
        self.root_pem.write_bytes(authority.pem)
        # Browser and relay run as other users and must be able to read the root; it is no secret.
        folder.chmod(0o755)
        self.root_pem.chmod(0o644)
        self._server = HttpsServer(contexts, Router(self.content, self._state, self._inbox), port=self._port)
        self._server.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop serving and clean up."""
        if self._server is not None:
            self._server.stop()
            self._server = None
        if self._folder is not None:
            self._folder.cleanup()
            self._folder = None

    @property
    def port(self) -> int:
        """The loopback port all hosts share.

        Raises:
            DemoSiteError: The platforms are not being served.
        """
        if self._server is None:
            raise DemoSiteError("the server (it is not running)")
        return self._server.port

    @property
    def resolve(self) -> Mapping[str, tuple[str, int]]:
        """The resolver table for the relay: host → (ip, port)."""
        return MappingProxyType(dict.fromkeys(HOSTS, (LOOPBACK, self.port)))

    @property
    def allow_hosts(self) -> frozenset[str]:
        """The targets the relay may visit though they are not public: "host:port" as in the URLs."""
        return frozenset(f"{host}:{HTTPS_PORT}" for host in HOSTS)

    @property
    def stages(self) -> tuple[StagePoint, ...]:
        """The named moments of the case, in order."""
        return self.content.stages

    @property
    def now(self) -> datetime:
        """The moment the pages show."""
        return self._state.snapshot.now

    def advance(self, stage: str | datetime) -> datetime:
        """Put the pages to a stage (``day-1`` … ``day-45``) or a moment; later posts are 404 until then."""
        return self._state.advance(stage)

    def url(self, post_id: str) -> str:
        """The address of a post."""
        return self.content.post(post_id).url

    def remove(self, post_id: str, words: str = "", *, by: RemovalKind = "platform") -> str:
        """Take a post down; its address shows the platform's words, which are returned.

        Args:
            post_id: ``post-01`` or 帖-01.
            words: The words, or empty for the case's own words for this post.
            by: Who did it.
        """
        shown = words or self._words(post_id, by)
        self._state.change(post_id, removal=Removal(by, shown))
        if by == "platform":
            self._inbox.answer(self.url(post_id), "measure_taken", shown)
        return shown

    def restore(self, post_id: str) -> None:
        """Show a removed post again."""
        self._state.change(post_id, removal=None)
        self._inbox.answer(self.url(post_id), "restored", "主题恢复显示")

    def label(self, post_id: str, words: str = DISPUTE_WORDS) -> str:
        """Put the platform's dispute label on a post; the words are returned."""
        self._state.change(post_id, label=words)
        self._inbox.answer(self.url(post_id), "label", words)
        return words

    def refuse(self, post_id: str, words: str = "") -> str:
        """Let the platform refuse the newest complaint about a post; the post stays up."""
        reply = words or self._refusal(post_id)
        self._inbox.answer(self.url(post_id), "refused", reply)
        return reply

    def relapse(self, post_id: str) -> str:
        """Publish a later post at once, whatever the moment; its address is returned."""
        self._state.change(post_id, published=True)
        return self.url(post_id)

    def gate(self, post_id: str, kind: GateKind | None) -> None:
        """Put a login wall, a robot check or 访问过于频繁 before a post, or take it away with ``None``."""
        self._state.change(post_id, gate=kind)

    def set_metrics(self, post_id: str, **counters: int) -> None:
        """Show other counters: any of ``views``, ``reposts``, ``comments``, ``likes``.

        Raises:
            DemoSiteError: Another counter was named.
        """
        post = self.content.post(post_id)
        unknown = set(counters) - set(Metrics.__dataclass_fields__)
        if unknown:
            raise DemoSiteError(", ".join(sorted(unknown)))
        shown = self._state.snapshot.metrics(post)
        self._state.change(post_id, metrics=replace(shown, at=self.now, **counters))

    def publish(self, publication: str, *, title: str, paragraphs: tuple[str, ...]) -> str:
        """Put an approved statement on the company's site; its address is returned.

        Args:
            publication: ``pub-02``, the company's news page.
            title: The statement's title.
            paragraphs: Its paragraphs; ``# `` starts a heading.
        """
        found = next((pub for pub in self.content.case.publications if pub.id == publication), None)
        if found is None:
            raise DemoSiteError(publication)
        self._state.publish("news", title, paragraphs)
        return found.url

    def receipts(self) -> tuple[Receipt, ...]:
        """Every notice that arrived, oldest first."""
        return self._inbox.all()

    def reset(self) -> None:
        """Forget all switches; receipts stay, for they are proof."""
        self._state.reset()

    def _words(self, post_id: str, by: RemovalKind) -> str:
        post = self.content.post(post_id)
        if by == "author":
            return AUTHOR_WORDS
        record = next((item for item in self.content.case.posts if item.id == post.id), None)
        own = record.platform_words if record and record.liveness == "removed_by_platform" else ""
        return own or DEFAULT_WORDS[post.platform]

    def _refusal(self, post_id: str) -> str:
        post = self.content.post(post_id)
        for notice in self.content.case.notices:
            for event in notice.events:
                if event.event == "refused" and any(item.post == post.id for item in notice.items):
                    return event.text.partition("：")[2] or event.text
        return "经核实，初步证据不足，暂不处理"
