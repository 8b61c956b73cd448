# ruff: noqa: E501 - markup as platforms send it, in long lines
"""Pages written for the tests with the structure of the platforms' own: one post each, all of it fictional."""

from dataclasses import dataclass
from typing import Final

TEXT: Final = "某品牌奶酪棒里检出石蜡三公斤，大家不要再买给孩子吃了。"


@dataclass(frozen=True)
class Fixture:
    """One page.

    Attributes:
        adapter: Name of the adapter that reads it.
        path: Path and query of its address.
        body: Body of the page.
        fields: Field → (value, raw text); a time's value is RFC 3339.
        head: More for the head.
    """

    adapter: str
    path: str
    body: str
    fields: dict[str, tuple[str, str]]
    head: str = ""


AT = ("2026-08-10T13:47:00Z", "2026-08-10 21:47")

FIXTURES: Final = (
    Fixture(
        "weibo", "/9900000101/PX260810A017",
        f"""<article class="woo-panel-main Feed_wrap_3v9LH"><header><div class="head_main_3DRDm">
        <a class="ALink_default head_name_24eEB" href="/u/9900000101"><span>食安小喇叭</span></a>
        <div class="head-info_info_2AspQ"><a class="head-info_time_6sFQg" href="/9900000101/PX260810A017">26-8-10 21:47</a>
        <div class="head-info_source_2zcEX">来自 微博网页版</div><div class="head-info_ip_3ywCW">发布于 浙江</div></div></div></header>
        <div class="detail_wbtext_4CRf9">{TEXT}</div>
        <footer><div class="toolbar_item_1ky_D"><span class="toolbar_num_JXZul">1.2万</span></div>
        <div class="toolbar_item_1ky_D"><span class="toolbar_num_JXZul">863</span></div>
        <div class="toolbar_item_1ky_D"><button class="woo-like-main"><span class="woo-like-count">3.4万</span></button></div>
        </footer></article>""",
        {"author": ("食安小喇叭", "食安小喇叭"), "text": (TEXT, TEXT), "ip_location": ("发布于 浙江", "发布于 浙江"),
         "source": ("来自 微博网页版", "来自 微博网页版"), "reposts": ("12000", "1.2万"), "comments": ("863", "863"),
         "likes": ("34000", "3.4万"), "content_id": ("PX260810A017", "PX260810A017")},
    ),
    Fixture(
        "weibo", "/status/5012345678901234",
        f"""<div class="card m-panel card9"><div class="weibo-top"><h3 class="m-text-cut">食安小喇叭</h3>
        <span class="time">2026-08-10 21:47</span><span class="from">来自 微博</span></div>
        <div class="weibo-main"><div class="weibo-text">{TEXT}</div></div></div>
        <div class="lite-page-tab"><div class="tab-item"><i>转发</i><i>12</i></div><div class="tab-item"><i>评论</i><i>8,217</i></div>
        <div class="tab-item"><i>赞</i><i>10万+</i></div></div>""",
        {"author": ("食安小喇叭", "食安小喇叭"), "text": (TEXT, TEXT), "published_at": AT, "reposts": ("12", "12"),
         "comments": ("8217", "8,217"), "likes": ("100000", "10万+"), "content_id": ("5012345678901234", "5012345678901234")},
    ),
    Fixture(
        "zhihu", "/question/612000001/answer/3300000007",
        f"""<h1 class="QuestionHeader-title">奶酪棒里真的有石蜡吗？</h1>
        <div class="AnswerCard"><div class="ContentItem AnswerItem"><div class="AuthorInfo"><meta itemprop="name" content="匿名化工人">
        <span class="AuthorInfo-name"><a class="UserLink-link" href="#">匿名化工人</a></span>
        <div class="AuthorInfo-badgeText">化学工程师</div></div>
        <meta itemprop="dateCreated" content="2026-08-10T13:47:00.000Z">
        <div class="RichContent-inner"><span class="RichText ztext">{TEXT}</span></div>
        <div class="ContentItem-time"><span>编辑于 2026-08-11 09:05</span><span class="ip-location">・IP 属地广东</span></div>
        <div class="ContentItem-actions"><button class="VoteButton VoteButton--up">赞同 1.2 万</button>
        <button class="BottomActions-CommentBtn">123 条评论</button></div></div></div>""",
        {"title": ("奶酪棒里真的有石蜡吗？",) * 2, "author": ("匿名化工人",) * 2, "text": (TEXT, TEXT),
         "published_at": ("2026-08-10T13:47:00Z", "2026-08-10T13:47:00.000Z"), "verification": ("化学工程师",) * 2,
         "ip_location": ("・IP 属地广东",) * 2, "likes": ("12000", "赞同 1.2 万"), "comments": ("123", "123 条评论"),
         "content_id": ("3300000007",) * 2},
    ),
    Fixture(
        "wechat", "/s/aBcDeFgHiJkLmNoPqRsTuV",
        f"""<div class="rich_media_area_primary"><h1 id="activity-name" class="rich_media_title">奶酪棒的真相</h1>
        <div id="meta_content"><span id="js_author_name">小李</span> <strong id="js_name">乳业观察站</strong>
        <em id="publish_time">2026年08月10日 21:47</em> <em id="js_ip_wording">浙江</em></div>
        <div id="js_content" class="rich_media_content">{TEXT}</div></div>""",
        {"title": ("奶酪棒的真相",) * 2, "author": ("乳业观察站",) * 2, "byline": ("小李",) * 2, "text": (TEXT, TEXT),
         "published_at": ("2026-08-10T13:47:00Z", "2026年08月10日 21:47"), "ip_location": ("浙江",) * 2,
         "content_id": ("aBcDeFgHiJkLmNoPqRsTuV",) * 2},
    ),
    Fixture(
        "xiaohongshu", "/explore/66b7a1c2000000001e01d2f3",
        f"""<div class="author-container"><span class="username">妈妈避雷本</span></div><div class="note-content">
        <div id="detail-title">别买这家奶酪棒</div><div id="detail-desc"><span class="note-text">{TEXT}</span></div>
        <div class="bottom-container"><span class="date">编辑于 2026-08-10 浙江</span></div></div>
        <div class="interactions"><span class="like-wrapper"><span class="count">1.1万</span></span>
        <span class="collect-wrapper"><span class="count">532</span></span><span class="chat-wrapper"><span class="count">96</span></span></div>""",
        {"title": ("别买这家奶酪棒",) * 2, "author": ("妈妈避雷本",) * 2, "text": (TEXT, TEXT), "likes": ("11000", "1.1万"),
         "published_at": ("2026-08-09T16:00:00Z", "编辑于 2026-08-10 浙江"), "comments": ("96", "96"),
         "favourites": ("532", "532"), "content_id": ("66b7a1c2000000001e01d2f3",) * 2},
    ),
    Fixture(
        "douyin", "/video/7400000000000000017",
        f"""<div data-e2e="detail-video-info"><h1>{TEXT}</h1></div><div data-e2e="user-info"><a href="#"><span class="name">老王测评</span></a></div>
        <span data-e2e="detail-video-publish-time">发布时间：2026-08-10 21:47</span>
        <div data-e2e="video-player-digg">5.6万</div><div data-e2e="feed-comment-icon">2014</div><div data-e2e="video-player-share">9,001</div>""",
        {"text": (TEXT, TEXT), "author": ("老王测评",) * 2, "published_at": (AT[0], "发布时间：2026-08-10 21:47"),
         "likes": ("56000", "5.6万"), "comments": ("2014", "2014"), "reposts": ("9001", "9,001")},
    ),
    Fixture(
        "bilibili", "/video/BV1xx411c7mD",
        """<h1 class="video-title" data-title="石蜡奶酪棒">石蜡奶酪棒</h1><div class="view-text">38.2万</div>
        <div class="pubdate-ip-text">2026-08-10 21:47:05</div><a class="up-name">硬核拆解</a><div class="desc-info-text">视频里有检测过程</div>
        <span class="video-like-info">1.9万</span><span class="video-fav-info">4402</span><span class="video-share-info-text">880</span>
        <div class="reply-navigation"><span class="total-reply">3120</span></div>""",
        {"title": ("石蜡奶酪棒",) * 2, "author": ("硬核拆解",) * 2, "text": ("视频里有检测过程",) * 2, "views": ("382000", "38.2万"),
         "published_at": ("2026-08-10T13:47:05Z", "2026-08-10 21:47:05"), "likes": ("19000", "1.9万"),
         "comments": ("3120", "3120"), "reposts": ("880", "880"), "content_id": ("BV1xx411c7mD",) * 2},
    ),
    Fixture(
        "toutiao", "/article/7400000000000000123/",
        f"""<div class="article-content"><h1>奶酪棒出事了</h1><div class="article-meta"><span class="publish-time">2026-08-10 21:47</span>
        <span class="ip">浙江</span><span class="name"><a href="#">消费快讯</a></span></div><article>{TEXT}</article></div>
        <div class="detail-like"><span>77</span></div><div class="detail-interaction-comment"><span>1,024</span></div>""",
        {"title": ("奶酪棒出事了",) * 2, "author": ("消费快讯",) * 2, "text": (TEXT, TEXT), "published_at": AT,
         "ip_location": ("浙江",) * 2, "likes": ("77", "77"), "comments": ("1024", "1,024")},
    ),
    Fixture(
        "tieba", "/p/9100000017",
        f"""<h1 class="core_title_txt">奶酪棒石蜡贴</h1><div class="l_reply_num"><span>218</span></div><div>
        <div class="l_post"><a class="p_author_name" href="#">路人甲</a><div class="d_post_content">{TEXT}</div>
        <div class="post-tail-wrap"><span>IP属地:浙江</span><span class="tail-info">1楼</span><span class="tail-info">2026-08-10 21:47</span></div></div>
        <div class="l_post"><a class="p_author_name" href="#">路人乙</a><div class="d_post_content">顶</div></div></div>""",
        {"title": ("奶酪棒石蜡贴",) * 2, "author": ("路人甲",) * 2, "text": (TEXT, TEXT), "published_at": AT,
         "ip_location": ("IP属地:浙江",) * 2, "comments": ("218", "218"), "content_id": ("9100000017",) * 2},
    ),
    Fixture(
        "kuaishou", "/short-video/3xabcdefgh",
        f"""<p class="video-info-title">{TEXT}</p><span class="profile-user-name-title">村口大喇叭</span><span class="photo-time">3小时前</span>
        <span class="like-item"><span class="item-count">6.6万</span></span><span class="comment-item-count">512</span><span class="play-count">210万</span>""",
        {"text": (TEXT, TEXT), "author": ("村口大喇叭",) * 2, "likes": ("66000", "6.6万"), "comments": ("512", "512"),
         "views": ("2100000", "210万"), "content_id": ("3xabcdefgh",) * 2},
    ),
    Fixture(
        "xueqiu", "/1234567890/300000017",
        f"""<h1 class="article__bd__title">乳业股要跌</h1><div class="article__author"><a class="name" href="#">价值猎人</a>
        <a class="time" href="#">08-10 21:47</a><span class="source">来自雪球</span></div><div class="article__bd__detail">{TEXT}</div>
        <div class="article__control"><a class="repost">转发 5</a><a class="comment">评论 19</a><a class="like">赞 203</a></div>""",
        {"title": ("乳业股要跌",) * 2, "author": ("价值猎人",) * 2, "text": (TEXT, TEXT), "source": ("来自雪球",) * 2,
         "reposts": ("5", "转发 5"), "comments": ("19", "评论 19"), "likes": ("203", "赞 203"), "content_id": ("300000017",) * 2},
    ),
)  # fmt: skip
