"""The adapter for every page: schema.org JSON-LD and microdata, OpenGraph and meta elements, common class names.

Formats: https://schema.org/SocialMediaPosting, https://ogp.me, https://html.spec.whatwg.org/#microdata.
"""

from capture.adapters.base import Adapter

GENERIC = Adapter(
    name="generic",
    hooks={
        "author": ('meta[name="author"]', 'meta[property="article:author"]', '[itemprop="author"] [itemprop="name"]'),
        "published_at": (
            'meta[property="article:published_time"]',
            '[itemprop="datePublished"]',
            'meta[name="publishdate"]',
            "article time[datetime]",
            "time[pubdate]",
        ),
        "updated_at": ('meta[property="article:modified_time"]', '[itemprop="dateModified"]'),
        "title": ('meta[property="og:title"]', '[itemprop="headline"]', "h1"),
        "text": ('[itemprop="articleBody"]', '[itemprop="text"]'),
        "summary": ('meta[property="og:description"]', 'meta[name="description"]'),
        "site": ('meta[property="og:site_name"]',),
        "picture": ('meta[property="og:image"]',),
        "canonical": ('link[rel~="canonical"]',),
    },
)
