"""Makes the frozen packages in this folder: `python -m tests.vectors.make_vectors FOLDER`.

    good.zip            a package with RSA, P-384 and SM2 timestamps, a web archive, a log, a witness and custody
    good-trust.json     the trust file for it
    test-token.zip      a package with a token of a test authority, and test-token-trust.json
    tampered.json       forgeries of good.zip: files to replace (base64, null = delete), verdict and failing checks

They are frozen so that a change of the verifier is measured against packages made before it. Keys are made anew on each
run, so a new set differs in every signature: replace the whole folder or nothing.
"""

import base64
import copy
import dataclasses
import json
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

from evidence_store.trust import Trust
from evidence_store.verify import verify
from tests.evidence_store import attack_rows as inner
from tests.evidence_store import attack_rows_outer as outer
from tests.evidence_store.authorities import TEST_POLICY, Authority
from tests.evidence_store.forge import Forge, NoteKey, wacz

FILES = {
    "capture.wacz": wacz(),
    "text.txt": "他说的不是事实\n".encode(),
    "shots/第 1 屏.png": b"\x89PNG\r\n\x1a\n" + bytes(64),
}
ATTACKS = (
    inner.edit_payload, inner.edit_with_manifests, inner.add_with_manifests, inner.delete_with_manifests,
    inner.plant_in_wacz_by_sealer, inner.back_date, inner.back_date_with_stolen_key, inner.swap_sealer_same_name,
    inner.claim_trusted_sign_own, outer.remove_tokens, outer.edit_leaf, outer.smaller_checkpoint,
    outer.forked_checkpoint, outer.swap_log_key, outer.false_witness, outer.remove_log, outer.edit_custody_row,
    outer.edit_custody_and_relink, outer.delete_last_custody_row,
)  # fmt: skip


def _differences(before: dict[str, bytes], after: dict[str, bytes]) -> dict[str, str | None]:
    changed = {path: base64.b64encode(data).decode() for path, data in after.items() if before.get(path) != data}
    return {**changed, **dict.fromkeys(sorted(set(before) - set(after)))}


def _rogue_token(forge: Forge) -> None:
    """Another authority of the same name takes the place of the first."""
    rogue = Authority("rsa")
    data, nonce = forge.get("seal.sha256"), 0x1122334455667701
    response = rogue.stamp(data, forge.sealed_at, nonce=nonce)
    forge.put_stamp(1, rogue, response, rogue.request(data, nonce=nonce))
    forge.tag_manifest()


def _tampered(good: Forge, trust: Trust, scratch: Path) -> list[dict[str, Any]]:
    rows = []
    for attack in (*ATTACKS, _rogue_token):
        root = scratch / attack.__name__
        shutil.copytree(good.root, root)
        forge = dataclasses.replace(good, root=root, log=copy.deepcopy(good.log))
        attack(forge)
        report = verify(root, trust)
        failed = sorted({check.number for check in report.failures} - {22})
        files = _differences(good.everything(), forge.everything())
        rows.append({"name": attack.__name__.strip("_"), "verdict": report.verdict, "failed": failed, "files": files})
    return rows


def main(target: Path) -> None:
    """Write all vectors into an existing folder."""
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        stampers = [Authority("rsa", "rsa"), Authority("p384", "p384", "sha384"), Authority("sm2", "sm2", "sm3")]
        witness = NoteKey("witness.example", kind=4)
        good = Forge(scratch / "good", files=FILES, authorities=stampers, witnesses=[witness]).build()
        good.zip(target / "good.zip")
        trust = json.dumps(good.trust(), ensure_ascii=False, indent=1).encode()
        (target / "good-trust.json").write_bytes(trust)
        rows = _tampered(good, Trust.parse(trust), scratch)
        (target / "tampered.json").write_text(json.dumps(rows, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
        local = Authority("local", policy=TEST_POLICY)
        test = Forge(scratch / "test", files={"text.txt": b"x"}, authorities=[local], events=None).build()
        test.zip(target / "test-token.zip")
        (target / "test-token-trust.json").write_text(json.dumps(test.trust(), ensure_ascii=False), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
