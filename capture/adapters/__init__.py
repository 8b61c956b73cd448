"""Platform adapters: the first match reads the page, the generic one always runs beside it."""

from collections.abc import Iterable

from capture.adapters.base import Adapter, canonical_url
from capture.adapters.generic import GENERIC
from capture.adapters.others import OTHERS
from capture.adapters.wechat import WECHAT
from capture.adapters.weibo import WEIBO
from capture.adapters.zhihu import ZHIHU

ADAPTERS: tuple[Adapter, ...] = (WEIBO, ZHIHU, WECHAT, *OTHERS, GENERIC)

__all__ = ["ADAPTERS", "GENERIC", "Adapter", "canonical_url", "choose"]


def choose(url: str, first: Iterable[Adapter] = ()) -> Adapter:
    """Return the adapter for an address.

    Args:
        url: The address shown in the end.
        first: Adapters the caller brings, tried before the built-in ones.
    """
    return next(adapter for adapter in (*first, *ADAPTERS) if adapter.matches(url))
