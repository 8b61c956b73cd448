"""Seven more platforms as tables: 小红书 抖音 B站 今日头条 贴吧 快手 雪球."""

from capture.adapters.base import Adapter, phrases

XIAOHONGSHU = Adapter(
    name="xiaohongshu",
    hosts=("www.xiaohongshu.com", "xiaohongshu.com"),
    content_id=r"^/(?:explore|discovery/item)/(?P<id>[0-9a-f]{24})",
    canonical="https://www.xiaohongshu.com/explore/{id}",
    hooks={
        "title": ("#detail-title",),
        "text": ("#detail-desc .note-text", "#detail-desc"),
        "author": (".author-container .username", ".author-wrapper .username"),
        "published_at": (".bottom-container .date", ".note-content .date"),
        "likes": (".interactions .like-wrapper .count", ".like-wrapper .count"),
        "favourites": (".interactions .collect-wrapper .count", ".collect-wrapper .count"),
        "comments": (".interactions .chat-wrapper .count", ".chat-wrapper .count"),
    },
    expect=("author", "text"),
    phrases=phrases(
        removed=(r"你访问的(?:笔记|页面)不见了|当前笔记暂时无法浏览",),
        login_wall=(r"登录后推荐更懂你的笔记|手机号登录",),
        restricted=(r"请打开小红书App扫码查看",),
    ),
)

DOUYIN = Adapter(
    name="douyin",
    hosts=("www.douyin.com", "douyin.com", "www.iesdouyin.com"),
    content_id=r"^/(?:share/)?(?:video|note)/(?P<id>\d{16,})",
    canonical="https://www.douyin.com/video/{id}",
    hooks={
        "title": ('[data-e2e="detail-video-info"] h1', '[data-e2e="video-desc"]'),
        "text": ('[data-e2e="detail-video-info"] h1', '[data-e2e="video-desc"]'),
        "author": ('[data-e2e="user-info"] a [class]', '[data-e2e="user-info"] a'),
        "author_url": ('[data-e2e="user-info"] a[href]',),
        "published_at": ('[data-e2e="detail-video-publish-time"]',),
        "likes": ('[data-e2e="video-player-digg"]', '[data-e2e="detail-video-digg"]'),
        "comments": ('[data-e2e="feed-comment-icon"]', '[data-e2e="detail-video-comment"]'),
        "reposts": ('[data-e2e="video-player-share"]', '[data-e2e="detail-video-share"]'),
    },
    expect=("author", "text"),
    phrases=phrases(removed=(r"你要观看的视频不存在|视频不见了",), captcha=(r"请完成下列验证后继续",)),
)

BILIBILI = Adapter(
    name="bilibili",
    hosts=("www.bilibili.com", "m.bilibili.com", "bilibili.com"),
    content_id=r"^/video/(?P<id>BV\w{10}|av\d+)",
    canonical="https://www.bilibili.com/video/{id}",
    hooks={
        "title": ("h1.video-title", "h1[data-title]"),
        "text": (".desc-info-text", ".basic-desc-info"),
        "author": (".up-name", ".up-detail-top a"),
        "published_at": (".pubdate-ip-text", ".pubdate-text"),
        "views": (".view-text", ".view.item"),
        "likes": (".video-like-info", ".video-like .video-toolbar-item-text"),
        "favourites": (".video-fav-info",),
        "reposts": (".video-share-info-text", ".video-share-info"),
        "comments": (".reply-navigation .total-reply", ".total-reply"),
    },
    expect=("author", "title"),
    phrases=phrases(
        removed=(r"啊叻？视频不见了|视频去哪了呢",),
        removed_by_platform=(r"稿件(?:因|已).{0,12}(?:下架|锁定|违规)",),
    ),
)

TOUTIAO = Adapter(
    name="toutiao",
    hosts=("www.toutiao.com", "toutiao.com", "m.toutiao.com"),
    content_id=r"^/(?:article|w|video|i)/?(?P<id>\d{16,})",
    canonical="https://www.toutiao.com/article/{id}/",
    hooks={
        "title": (".article-content h1", "h1"),
        "author": (".article-meta .name a", ".article-meta .name", ".user-info .name"),
        "published_at": (".article-meta .publish-time", ".article-meta span:not(.name):not(.original-tag)"),
        "ip_location": (".article-meta .ip",),
        "text": (".article-content article", ".weitoutiao-html", ".syl-article-base"),
        "likes": (".detail-like span", ".digg-icon + span"),
        "comments": (".detail-interaction-comment span", ".comment-icon + span"),
    },
    expect=("author", "text"),
    phrases=phrases(removed=(r"抱歉，(?:您访问的|该)内容(?:已下线|不存在)|内容已被删除",)),
)

TIEBA = Adapter(
    name="tieba",
    hosts=("tieba.baidu.com",),
    content_id=r"^/p/(?P<id>\d+)",
    canonical="https://tieba.baidu.com/p/{id}",
    hooks={
        "title": ("h1.core_title_txt", ".core_title_txt"),
        "author": (".l_post:first-of-type .p_author_name", ".p_author_name"),
        "text": (".l_post:first-of-type .d_post_content", ".d_post_content"),
        "published_at": (".l_post:first-of-type .tail-info:last-of-type", ".post-tail-wrap .tail-info:last-of-type"),
        "ip_location": (".l_post:first-of-type .post-tail-wrap span:first-child",),
        "comments": (".l_reply_num span:first-child",),
    },
    expect=("author", "text"),
    phrases=phrases(
        removed=(r"很抱歉，该贴已被删除|该吧被合并|抱歉，您访问的贴子被隐藏",),
        captcha=(r"百度安全验证",),
    ),
)

KUAISHOU = Adapter(
    name="kuaishou",
    hosts=("www.kuaishou.com", "kuaishou.com", "live.kuaishou.com"),
    content_id=r"^/(?:short-video|f|photo)/(?P<id>\w{8,})",
    canonical="https://www.kuaishou.com/short-video/{id}",
    hooks={
        "text": (".video-info-title", ".caption-container"),
        "author": (".profile-user-name-title", ".video-info .profile-user-name"),
        "published_at": (".photo-time", ".video-info .time"),
        "likes": (".like-item .item-count", ".interactive-item.like-item"),
        "comments": (".comment-item-count", ".comment-count"),
        "views": (".play-count", ".video-info .views"),
    },
    expect=("author", "text"),
    phrases=phrases(removed=(r"作品不存在|作品已被删除|哎呀，作品走丢了",)),
)

XUEQIU = Adapter(
    name="xueqiu",
    hosts=("xueqiu.com", "www.xueqiu.com"),
    content_id=r"^/(?P<user>\d+)/(?P<id>\d+)",
    canonical="https://xueqiu.com/{user}/{id}",
    hooks={
        "title": (".article__bd__title",),
        "text": (".article__bd__detail",),
        "author": (".article__author a.name", ".article__author .name"),
        "published_at": (".article__author .time", ".article__bd__from .time", ".time"),
        "source": (".article__author .source",),
        "reposts": (".article__control .repost",),
        "comments": (".article__control .comment",),
        "likes": (".article__control .like",),
    },
    expect=("author", "text"),
    phrases=phrases(
        removed=(r"该(?:帖子|内容)(?:已被删除|不存在)",),
        removed_by_platform=(r"该(?:帖子|内容)(?:涉嫌|因).{0,12}(?:违规|屏蔽)",),
    ),
)

OTHERS = (XIAOHONGSHU, DOUYIN, BILIBILI, TOUTIAO, TIEBA, KUAISHOU, XUEQIU)
