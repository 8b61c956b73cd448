"""The local platforms of the demo: three fictional sites, a company's and a regulator's, over HTTPS on loopback."""

from caseapp.demo.site.inbox import Receipt
from caseapp.demo.site.platforms import LocalPlatforms
from caseapp.demo.site.submission import submit_notice

__all__ = ["LocalPlatforms", "Receipt", "submit_notice"]
