"""The grade never claims more than the passes bear."""

from itertools import product

import pytest

from capture.compare import Comparison, PictureComparison, TextComparison
from capture.grade import REASONS, grade


def second(*, chain: str = "same", url: bool = True, text: int = 1000, picture: int = 1000) -> Comparison:
    return Comparison(chain, url, True, TextComparison(text, (), ()), PictureComparison(picture, (1, 1)))


@pytest.mark.parametrize(
    ("facts", "wanted", "reasons"),
    [
        ({"second": None}, "self_made", ("second.not_asked",)),
        ({"second": None, "second_state": "failed"}, "self_made", ("second.failed",)),
        ({"second": second()}, "rechecked", ("second.agrees",)),
        ({"second": second(text=400)}, "self_made", ("second.text",)),
        ({"second": second(chain="other", picture=0)}, "self_made", ("second.chain", "second.picture")),
        ({"second": second(), "witness": "own"}, "two_sources", ("second.agrees", "witness.own")),
        ({"second": second(), "witness": "third"}, "witnessed", ("second.agrees", "witness.third")),
        ({"second": second(), "witness": "unproven"}, "rechecked", ("second.agrees", "witness.unproven")),
        ({"second": second(url=False), "witness": "third"}, "self_made", ("second.url", "witness.third")),
        ({"second": None, "witness": "third"}, "self_made", ("second.not_asked",)),
        ({"second": second(), "dns_override": True}, "demo", ("override.dns", "second.agrees")),
        ({"second": second(), "extra_root": True, "witness": "third"}, "demo",
         ("override.root", "second.agrees", "witness.third")),
    ],
)  # fmt: skip
def test_grades(facts: dict[str, object], wanted: str, reasons: tuple[str, ...]) -> None:
    found = grade(**{"dns_override": False, "extra_root": False, **facts})  # type: ignore[arg-type]
    assert (found.grade, found.reasons) == (wanted, reasons)
    assert found.to_json() == {"grade": wanted, "reasons": list(reasons)}


def test_any_override_is_a_demonstration_and_every_reason_has_words() -> None:
    compared = (None, second(), second(text=0), second(chain="other"), second(url=False), second(picture=0))
    for dns, root, other, witness in product((True, False), (True, False), compared, ("", "own", "third", "unproven")):
        found = grade(dns_override=dns, extra_root=root, second=other, witness=witness)  # type: ignore[arg-type]
        assert (found.grade == "demo") == (dns or root)
        assert set(found.reasons) <= set(REASONS)
        assert found.reasons
