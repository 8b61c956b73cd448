"""知乎: an answer (with its question) and a column article."""

from capture.adapters.base import Adapter, phrases

ZHIHU = Adapter(
    name="zhihu",
    hosts=("www.zhihu.com", "zhihu.com", "zhuanlan.zhihu.com"),
    content_id=r"^/(?:question/(?P<question>\d+)/answer/(?P<id>\d+)|p/(?P<article>\d+))",
    hooks={
        "title": ("h1.QuestionHeader-title", "h1.Post-Title"),
        "author": (
            '.AnswerCard .AuthorInfo meta[itemprop="name"]',
            '.AuthorInfo meta[itemprop="name"]',
            ".AuthorInfo-name .UserLink-link",
            ".AuthorInfo-name",
        ),
        "author_url": ('.AuthorInfo meta[itemprop="url"]',),
        "verification": (".AuthorInfo-badgeText",),
        "published_at": (
            '.AnswerCard meta[itemprop="dateCreated"]',
            'meta[itemprop="dateCreated"]',
            ".ContentItem-time",
        ),
        "updated_at": ('.AnswerCard meta[itemprop="dateModified"]', 'meta[itemprop="dateModified"]'),
        "shown_at": (".ContentItem-time",),
        "ip_location": (".ContentItem-time .ip-location", ".ContentItem-time span[data-tooltip]"),
        "text": (".AnswerCard .RichContent-inner .RichText", ".Post-RichText", ".RichContent-inner .RichText"),
        "likes": (".AnswerCard .VoteButton--up", ".VoteButton--up"),
        "comments": (".AnswerCard .ContentItem-actions .BottomActions-CommentBtn", ".BottomActions-CommentBtn"),
    },
    expect=("author", "text"),
    phrases=phrases(
        removed_by_author=(r"(?:该|此)?(?:回答|文章)已(?:被作者)?删除",),
        removed_by_platform=(
            r"(?:该|此)?(?:回答|文章|内容|问题)(?:已|因).{0,20}(?:不友善|违反|涉嫌|建议修改|被折叠|关闭)",
            r"该(?:回答|文章)(?:正在)?被(?:下架|屏蔽|建议修改)",
        ),
        removed=(r"你似乎来到了没有知识存在的荒原",),
        captcha=(r"系统监测到您的网络环境存在异常",),
        login_wall=(r"登录知乎，您可以享受|注册知乎",),
    ),
)
