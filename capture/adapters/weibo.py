"""微博: web (weibo.com) and mobile (m.weibo.cn) pages of one post; class names carry a hash, so parts are matched."""

from capture.adapters.base import Adapter, phrases

WEIBO = Adapter(
    name="weibo",
    hosts=("weibo.com", "www.weibo.com", "m.weibo.cn", "weibo.cn"),
    content_id=r"^/(?:(?:status|detail|statuses)/(?P<id>\w{9,})|(?!(?:u|n|p|ttarticle)/)\d+/(?P<bid>\w{9,}))",
    hooks={
        "author": ('article header a[class*="head_name"]', 'a[class*="head_name"]', ".weibo-top h3.m-text-cut"),
        "author_url": ('article header a[class*="head_name"][href]',),
        "verification": ('[class*="head_cut"] [class*="verified"]', ".weibo-top .m-icon-vip + span"),
        "published_at": ('article header a[class*="head-info_time"]', '[class*="head-info_time"]', ".weibo-top .time"),
        "ip_location": ('[class*="head-info_ip"]', ".weibo-top .region"),
        "source": ('[class*="head-info_source"]', ".weibo-top .from"),
        "text": ('article [class*="detail_wbtext"]', ".weibo-main .weibo-text", ".weibo-text"),
        "repost_of": ('[class*="retweet"] a[class*="head-info_time"][href]',),
        "reposts": (
            'footer [class*="toolbar_item"]:nth-child(1) [class*="toolbar_num"]',
            ".lite-page-tab .tab-item:nth-child(1) i:last-child",
        ),
        "comments": (
            'footer [class*="toolbar_item"]:nth-child(2) [class*="toolbar_num"]',
            ".lite-page-tab .tab-item:nth-child(2) i:last-child",
        ),
        "likes": ("footer .woo-like-count", ".lite-page-tab .tab-item:nth-child(3) i:last-child"),
    },
    expect=("author", "text"),
    phrases=phrases(
        removed_by_author=(r"该微博已被作者删除|此微博已被作者删除",),
        removed_by_platform=(
            r"此微博因被多人投诉.{0,12}无法查看",
            r"根据博主设置|该账号因被投诉违反",
            r"抱歉，此微博已被删除.{0,20}(?:社区公约|法律法规)",
        ),
        removed=(r"抱歉，此微博已被删除|微博不存在或暂无查看权限",),
        restricted=(r"由于博主设置.{0,12}无法查看", r"作者只展示(?:最近)?半年内的微博"),
        login_wall=(r"登录后查看(?:更多|全文)|Sina Visitor System",),
    ),
)
