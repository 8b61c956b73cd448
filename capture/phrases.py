"""The words by which platforms say that a page is not the post: Chinese and English, by outcome.

Each entry is a regular expression matched inside one line of visible text. They are collected from the public notices
of Chinese and international platforms; an adapter adds its platform's own. Order matters: the first kind that fits
decides, the most specific first.
"""

import re
from collections.abc import Mapping
from typing import Final

from capture.models import OutcomeKind


def _any(*patterns: str) -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(pattern, re.IGNORECASE) for pattern in patterns)


_THING: Final = r"(?:内容|微博|帖子|主题|文章|回答|问题|视频|笔记|动态|评论|页面|作品|图文|帖|贴|信息|博文|话题)"

PHRASES: Final[Mapping[OutcomeKind, tuple[re.Pattern[str], ...]]] = {
    "captcha": _any(
        r"(?:安全|人机|访问|滑块|身份)验证(?:中|$|，|。|,|\s)",
        r"(?:请)?(?:完成|通过|进行)(?:以下|下方|下列|安全|人机|滑块)*验证",
        r"拖动(?:下方|左边)?滑块",
        r"点击按钮(?:进行|完成)验证",
        r"网络环境存在异常|环境异常.*验证",
        r"verify (?:that )?you are (?:a )?human|are you a robot|i'?m not a robot",
        r"checking (?:if the site connection is secure|your browser)|just a moment\.\.\.",
        r"complete the security check|unusual traffic from your",
    ),
    "rate_limited": _any(
        r"(?:访问|操作|请求|浏览)(?:过于|太|过)?(?:频繁|频次过高)",
        r"(?:您|你)的?(?:访问|操作)太快",
        r"too many requests|rate limit(?:ed| exceeded)",
    ),
    "removed_by_author": _any(
        rf"{_THING}?.{{0,6}}(?:已|已经)?被?(?:作者|发布者|博主|楼主|用户|原作者|本人)(?:自行)?(?:删除|撤回|移除|下架)",
        r"(?:作者|发布者|博主|楼主)已?(?:将|把)?.{0,8}(?:删除|撤回)",
        r"(?:deleted|removed) by (?:its |the )?(?:author|owner|user|original poster)",
        r"the author (?:has )?(?:deleted|removed)",
    ),
    "removed_by_platform": _any(
        rf"{_THING}.{{0,8}}(?:因|由于|涉嫌|依据|根据).{{0,24}}(?:处理|删除|屏蔽|下架|移除|下线|封禁|无法(?:查看|显示|访问)|不(?:可见|予显示))",
        rf"(?:因|由于|依据|根据).{{0,24}}(?:违规|违法|违反|投诉|举报|法律法规|社区规则|不实信息).{{0,16}}{_THING}?.{{0,8}}"
        r"(?:被|已|暂时)?.{0,4}(?:处理|删除|屏蔽|下架|移除|下线|封禁|无法(?:查看|显示|访问)|不(?:可见|予显示))",
        rf"{_THING}(?:已|已经)?被(?:平台|管理员|系统|官方|版主|吧务)?(?:屏蔽|下架|封禁|移除|处理|和谐)",
        r"(?:平台|管理员|系统|版主|吧务)(?:已)?(?:将|对)?.{0,10}(?:删除|屏蔽|下架|移除)",
        r"(?:账号|帐号|用户)(?:已|因).{0,16}(?:被)?(?:封禁|封停|冻结|注销|屏蔽)",
        r"removed (?:by|for violating|because).{0,60}(?:platform|moderators?|rules|guidelines|terms|policy|policies)",
        r"(?:this|the) account (?:has been|is) (?:suspended|banned)",
        r"violat(?:es|ed|ing) (?:our|the).{0,40}(?:rules|guidelines|terms|polic(?:y|ies))",
    ),
    "removed": _any(
        rf"{_THING}(?:不存在|已(?:被)?删除|已失效|已下线|找不到了?|不见了|走丢了)",
        rf"(?:抱歉|对不起|很遗憾|哎呀|糟糕).{{0,16}}(?:{_THING}).{{0,12}}(?:不存在|删除|失效|找不到|看不到|不见了)",
        r"(?:你|您)(?:要|所)?(?:访问|查看|找)的.{0,10}(?:不存在|已(?:被)?删除|找不到|没有找到)",
        r"(?:this|the) (?:page|post|tweet|content|video|answer|article).{0,24}"
        r"(?:no longer available|isn.t available|doesn.t exist|does not exist|has been (?:deleted|removed)|not found)",
        r"page not found",
    ),
    "restricted": _any(
        r"(?:仅|只).{0,6}(?:自己|本人|作者|好友|粉丝|朋友)可见",
        r"(?:暂无|没有|无)(?:查看|访问|浏览)?权限",
        r"(?:仅|只)展示(?:最近)?.{0,6}(?:天|月|年)内?的?",
        r"(?:审核中|正在审核|待审核)",
        r"私密(?:内容|账号|微博|视频)",
        r"(?:this|the) (?:account|post|video) is private|you don.t have permission",
    ),
    "geo_blocked": _any(
        r"(?:所在|当前)(?:的)?(?:国家|地区|区域|地域).{0,12}(?:不可|无法|不能|不支持|暂不|未)(?:用|看|观看|访问|提供|开放)?",
        r"(?:因|受)(?:版权|地区|区域|地域)(?:限制|原因).{0,12}(?:无法|不能|不可)",
        r"not available in your (?:country|region|location)",
    ),
    "login_wall": _any(
        r"(?:请|需要?|需先|请先|须)(?:先)?登[录陆](?:后|才|以|查看|继续|$|。|，|！|!)",
        r"登[录陆](?:后|即可|可|以)(?:才能)?(?:查看|浏览|阅读|继续|解锁|看|展示|显示)",
        r"(?:扫码|微信|手机号|短信|账号|密码)登[录陆]",
        r"(?:log|sign) ?in to (?:continue|view|see|read)|you (?:must|need to) (?:log|sign) ?in|please (?:log|sign) ?in",
    ),
}

LOGIN_ADDRESS: Final = re.compile(
    r"(?:^|[./_-])(?:login|signin|sign-in|log-in|passport|sso|auth|oauth2?)(?:[./?_-]|$)", re.IGNORECASE
)
CAPTCHA_ADDRESS: Final = re.compile(
    r"(?:^|[./_-])(?:captcha|verify|challenge|antispider|wappass|security-check)(?:[./?_-]|$)", re.IGNORECASE
)
