"""Public time-stamp authorities one can start with, as data. None is asked until somebody puts it into the settings.

A fingerprint is that of a root as operating systems ship it; that an authority's tokens lead to this very root is not
checked by us (待核) and shows with the first token: one that leads elsewhere is refused.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from caseapp.domain.labels import Label


@dataclass(frozen=True)
class PublicAuthority:
    """One authority.

    Attributes:
        name: name for the settings.
        url: where it is asked.
        root: name of the root its tokens should lead to.
        sha256: fingerprint of that root, "" where none of ours is certain.
        sure: how certain address and root are.
    """

    name: str
    url: str
    root: str
    sha256: str
    sure: Label


_UNCHECKED: Final = Label(
    "地址见公开清单；令牌通向此根：待核", "address from public lists; that tokens lead to this root: unchecked"
)
_ROOTLESS: Final = Label(
    "地址见公开清单；根证书待核：请从该机构取得并另行核对指纹",
    "address from public lists; root unchecked: obtain it from the authority and compare its fingerprint another way",
)
_ACCOUNT: Final = Label(
    "须开户；接口与根证书待核：按机构文件设 json-wrapped，或人工导入",
    "needs an account; interface and root unchecked: set json-wrapped by its papers, or bring tokens by hand",
)
PUBLIC_AUTHORITIES: Final = (
    PublicAuthority("digicert", "http://timestamp.digicert.com", "DigiCert Trusted Root G4",
                    "552f7bdcf1a7af9e6ce672017f4f12abf77240c78e761ac203d1d9d20ac89988", _UNCHECKED),
    PublicAuthority("globalsign", "http://timestamp.globalsign.com/tsa/r6advanced1", "GlobalSign Root CA - R6",
                    "2cabeafe37d06ca22aba7391c0033d25982952c453647349763a3ab5ad6ccf69", _UNCHECKED),
    PublicAuthority("sectigo", "http://timestamp.sectigo.com", "USERTrust RSA Certification Authority",
                    "e793c9b02fd8aa13e21c31228accb08119643b749c898964b1746d46c3d4cbd2", _UNCHECKED),
    PublicAuthority("certum", "http://time.certum.pl", "Certum Trusted Network CA 2",
                    "b676f2eddae8775cd36cb0f63cd1d4603961f49e6265ba013a2f0307b6d0b804", _UNCHECKED),
    PublicAuthority("freetsa", "https://freetsa.org/tsr", "freetsa.org root", "", _ROOTLESS),
    PublicAuthority("apple", "http://timestamp.apple.com/ts01", "Apple Root CA", "", _ROOTLESS),
    PublicAuthority("tsa-cn", "https://www.tsa.cn/", "联合信任时间戳服务中心", "", _ACCOUNT),
)  # fmt: skip
"""In the order in which one would try them."""
