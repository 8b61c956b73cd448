"""Attacks on the timestamps of a seal: other authorities, flawed signers, tokens swapped, taken away or given twice."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from tests.evidence_store.authorities import TEST_POLICY, Authority
from tests.evidence_store.forge import Forge, pem
from tests.evidence_store.judging import HONEST, SECOND

ROGUE = Authority("rogue")


# --- timestamps -----------------------------------------------------------------------------------
def rogue_authority(forge: Forge) -> None:
    forge.forget("seal/tsa")
    forge.authorities = [ROGUE]
    forge.stamp()
    forge.tag_manifest()


def rogue_authority_as_guest(forge: Forge) -> None:
    forge.authorities = [*forge.authorities, ROGUE]
    forge.stamp()
    forge.tag_manifest()


def rogue_under_honest_name(forge: Forge) -> None:
    twin = Authority("one")
    forge.authorities = [twin, SECOND]
    forge.stamp()
    forge.put("seal/tsa/01-one-roots.pem", pem(HONEST.root))
    forge.tag_manifest()


def remove_tokens(forge: Forge) -> None:
    forge.forget("seal/tsa")
    forge.tag_manifest()


def one_token_twice(forge: Forge) -> None:
    forge.forget("seal/tsa")
    forge.authorities = [HONEST, HONEST]
    forge.stamp()
    forge.tag_manifest()


def restamp(**flaws: Any) -> Callable[[Forge], None]:
    def attack(forge: Forge) -> None:
        fields = {"kind": "p256", "name": "one", "root_key": HONEST.root_key}
        flawed = Authority(**{**fields, **flaws})
        flawed.root = HONEST.root
        forge.authorities = [flawed, SECOND]
        forge.stamp()
        forge.tag_manifest()

    return attack


def replace_token(data: Callable[[Forge], bytes], **choices: Any) -> Callable[[Forge], None]:
    def attack(forge: Forge) -> None:
        when = choices.pop("when", forge.sealed_at + timedelta(seconds=21))
        response = HONEST.stamp(data(forge), when, **{"nonce": 0x1122334455667701, **choices})
        forge.put("seal/tsa/01-one.tsr", response)
        forge.tag_manifest()

    return attack


def token_before_the_seal(forge: Forge) -> None:
    forge.stamp_after = timedelta(hours=-2)
    forge.stamp()
    forge.tag_manifest()


def sha1_imprint(forge: Forge) -> None:
    forge.imprint = "sha1"
    forge.stamp()
    forge.tag_manifest()


def index_lies_about_time(forge: Forge) -> None:
    forge.put("seal/tsa/index.json", forge.get("seal/tsa/index.json").replace(b"T08:00:20Z", b"T07:00:20Z", 1))
    forge.tag_manifest()


def pass_test_token_as_real(forge: Forge) -> None:
    """The index calls a test authority's token a real one."""
    forge.authorities = [Authority("one", policy=TEST_POLICY, root_key=HONEST.root_key), SECOND]
    forge.authorities[0].root = HONEST.root
    forge.stamp()
    forge.put("seal/tsa/index.json", forge.get("seal/tsa/index.json").replace(b'"test":true', b'"test":false'))
    forge.tag_manifest()


def extra_chain_certificate(forge: Forge) -> None:
    forge.put("seal/tsa/01-one-chain.pem", forge.get("seal/tsa/01-one-chain.pem") + pem(ROGUE.root))
    forge.tag_manifest()


def other_root_beside_token(forge: Forge) -> None:
    """An expert who takes roots.pem from the package would believe a stranger."""
    forge.put("seal/tsa/01-one-roots.pem", pem(ROGUE.root))
    forge.tag_manifest()
