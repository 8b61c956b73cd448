"""Where a browser starts from: the folder it gets, and what must fit into it."""

import tempfile
from pathlib import Path

import pytest

from capture import chromium


@pytest.mark.parametrize(("length", "own"), [(62, True), (63, False), (200, False)])
def test_temporary_files_go_with_the_folder_unless_a_socket_among_them_had_too_long_a_path(
    length: int, own: bool
) -> None:
    with tempfile.TemporaryDirectory(dir="/tmp") as base:
        folder = Path(base, "x" * (length - len("/home") - len(base) - 1))
        folder.mkdir()
        stage = chromium.prepare(Path("/bin/true"), folder)
        home = str(stage.env["HOME"])
        assert len(home) == length
        assert ("TMPDIR" in stage.env) is own
        socket = f"{home}/org.chromium.Chromium.XXXXXX/SingletonSocket"
        assert (len(socket) <= 107) is own  # sun_path holds 108 bytes, the last a NUL: unix(7)
