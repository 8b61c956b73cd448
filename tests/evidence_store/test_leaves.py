"""A leaf is its canonical JSON, small, and holds nothing but references and digests."""

from hypothesis import given
from hypothesis import strategies as st

from evidence_store.leaves import LEAF_TYPES, MAX_LEAF, leaf_bytes
from evidence_store.manifest import canonical_json

HEX = st.integers(0, 2**256 - 1).map("{:064x}".format)


@given(
    st.fixed_dictionaries(
        {
            "v": st.just(1),
            "t": st.sampled_from(LEAF_TYPES),
            "at": st.just("2026-03-01T08:00:00Z"),
            "ref": st.from_regex("[A-Za-z0-9._:-]{1,128}", fullmatch=True),
            "h256": HEX,
            "hsm3": HEX,
        }
    )
)
def test_canonical_and_small(leaf: dict[str, object]) -> None:
    assert leaf_bytes(leaf) == canonical_json(leaf)
    assert len(leaf_bytes(leaf)) <= MAX_LEAF
