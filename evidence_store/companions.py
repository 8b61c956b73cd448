"""The `verify/` folder of a package: the offline verifier and how to use it. Nobody has to believe any of it."""

import json

from evidence_store import layout
from evidence_store.verifier import build_verify_py
from evidence_store.verifier_html import build_verify_html

_README_ZH = """辨诬证据包：如何自行验证
========================

本文件夹是一份证据包（BagIt 1.0）。验证不需要联网，也不需要相信出具方。

一、用常用工具逐步验证（在本文件夹的上一级，即含 seal.sha256 的目录里执行）
  1. 时间戳：   openssl ts -verify -data seal.sha256 -in seal/tsa/01-名称.tsr -CAfile roots.pem
                roots.pem 请向时间戳机构索取，不要用包内的 -roots.pem。
                没有 seal/tsa 文件夹时，封存时间只是自述时间。
  2. 封存清单： sha256sum -c --strict seal.sha256
  3. 全部文件： sha256sum -c --strict manifest-sha256.txt
  4. 包结构：   python -m bagit --validate .
  5. 网页归档： wacz validate -f data/capture.wacz

二、用随包的验证网页（不必安装任何东西，不联网）
  用浏览器打开 verify/verify.html，把证据包（ZIP 或本文件夹的上一级）和 trust.json 拖进去。

三、用随包的验证程序（只需 Python 3.9 以上，不联网；与网页逐项相同，可互相核对）
  python3 -I -S verify/verify.py . --trust trust.json
  trust.json 必须由出具方另行交付，并核对其指纹；包内的 trust.example.json 只是格式示例，不能使用。
  没有 trust.json 时，程序只能说明内容未被改动，不能说明由谁封存（结论为 UNTRUSTED-KEYS）。
  验证网页与程序本身也请从可信来源取得：伪造者可以伪造包内的网页和程序。

四、能证明什么，不能证明什么
  能：自时间戳所载时刻起，内容未被改动；由持有封存密钥的一方封存；已记入只增不改的日志。
  不能：仅凭密码技术不能证明被取证的网页在取证之前没有伪造，因此取证另附多种相互印证的记录。
  标有“测试时间戳”的时间戳没有证明力。
"""

_README_EN = """Bianwu evidence package: how to verify it yourself
==================================================

This folder is an evidence package (BagIt 1.0). Verifying it needs no network and no trust in whoever issued it.

1. Step by step with stock tools (run in the folder that holds seal.sha256)
   time stamp    openssl ts -verify -data seal.sha256 -in seal/tsa/01-NAME.tsr -CAfile roots.pem
                 Get roots.pem from the authority, not from the package. Without a seal/tsa folder the time of the
                 seal is only self-declared.
   seal          sha256sum -c --strict seal.sha256
   all files     sha256sum -c --strict manifest-sha256.txt
   structure     python -m bagit --validate .
   web archive   wacz validate -f data/capture.wacz

2. With the page in this package (nothing to install, no network)
   Open verify/verify.html in a browser; drop the package (the ZIP, or the folder above this one) and trust.json on it.

3. With the program in this package (Python 3.9 or later, no network; the same checks as the page)
   python3 -I -S verify/verify.py . --trust trust.json
   trust.json must reach you separately; compare its fingerprint. The trust.example.json here only shows the form and is
   refused as it stands. Without trust.json the verifier can say that the contents are intact, not who sealed them
   (UNTRUSTED-KEYS). Take page and program from a source you trust: a forger can forge those in here.

4. What this shows and what it cannot
   It shows that the contents have not changed since the time in the time stamps, that the holder of the sealing key
   sealed them, and that the seal stands in an append-only log. Cryptography alone cannot show that a page was not faked
   before it was captured; that is why a capture carries several records that corroborate each other.
   A time stamp labelled as a test (测试时间戳) proves nothing.
"""

_EXAMPLE = {
    "schema": "bianwu/trust/1",
    "log": {"vkey": "REPLACE: the log's verifier key, received separately / 请替换为另行取得的日志公钥", "old": []},
    "sealers": [
        {
            "vkey": "REPLACE: the sealer's verifier key / 请替换为封存方公钥",
            "holder": "",
            "not_before": None,
            "not_after": None,
        }
    ],
    "witnesses": [],
    "quorum": 0,
    "tsa_roots": [
        {"name": "", "sha256": "REPLACE: SHA-256 of the root certificate / 请替换为根证书指纹", "test": False}
    ],
    "min_tokens": 1,
}


def companion_files() -> dict[str, bytes]:
    """Return path → bytes of the `verify/` folder, the same for every package of one release."""
    return {
        layout.VERIFY + "README.en.txt": _README_EN.encode(),
        layout.VERIFY + "README.zh-CN.txt": _README_ZH.encode(),
        layout.VERIFY + "trust.example.json": (json.dumps(_EXAMPLE, ensure_ascii=False, indent=2) + "\n").encode(),
        layout.VERIFY + "verify.html": build_verify_html(),
        layout.VERIFY + "verify.py": build_verify_py(),
    }
