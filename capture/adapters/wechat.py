"""微信公众号: one article (mp.weixin.qq.com). Read and like counts are not on the web page, so they are not claimed."""

from capture.adapters.base import Adapter, phrases

WECHAT = Adapter(
    name="wechat",
    hosts=("mp.weixin.qq.com",),
    content_id=r"^/s(?:/(?P<id>[\w-]{16,})|\?(?=.*\b__biz=(?P<biz>[\w=%]+))(?=.*\bmid=(?P<mid>\d+))(?=.*\bidx=(?P<idx>\d+)))",
    hooks={
        "title": ("#activity-name", 'meta[property="og:title"]'),
        "author": ("#js_name", "#profileBt a"),
        "byline": ("#js_author_name", ".rich_media_meta_text"),
        "author_id": (".profile_meta_value",),
        "published_at": ("#publish_time",),
        "ip_location": ("#js_ip_wording",),
        "text": ("#js_content",),
        "original": ("#copyright_logo",),
        "picture": ('meta[property="og:image"]',),
    },
    expect=("title", "text"),
    phrases=phrases(
        removed_by_author=(r"该内容已被发布者删除",),
        removed_by_platform=(
            r"此内容因违规无法查看",
            r"此内容被投诉且经审核涉嫌.{0,12}无法查看",
            r"接相关投诉，此内容(?:违反|涉嫌).{0,40}(?:无法查看|查看详情)?",
            r"此帐号(?:已|处于).{0,12}(?:屏蔽|封停|自主注销|被投诉)",
        ),
        removed=(r"参数错误|链接已过期|该公众号已迁移",),
        captcha=(r"当前环境异常，完成验证后即可继续访问",),
        restricted=(r"请在微信客户端打开链接",),
    ),
)
