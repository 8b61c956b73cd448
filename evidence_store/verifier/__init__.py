"""The offline verifier: small parts that import one another here, and are joined into the one file verify.py.

The parts use the standard library only, run on Python 3.9 and share no code with the writer of packages. The library's
own `evidence_store.verify` runs the same parts with a second engine beside them.
"""

import ast
import re
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import Final

PARTS: Final = (
    "problem",
    "der",
    "instants",
    "digests",
    "curves",
    "edwards",
    "rsa",
    "keys",
    "x509",
    "pem",
    "tokens",
    "revocation",
    "strictjson",
    "notes",
    "proofs",
    "paths",
    "zips",
    "sources",
    "sums",
    "sealrecord",
    "trustfile",
    "report",
    "case",
    "contents",
    "webarchive",
    "origin",
    "timing",
    "starting",
    "loginclusion",
    "custodychain",
    "engine",
    "command",
)
"""The parts in an order in which each one only needs those before it."""

_REMARK: Final = re.compile(r"(^|  )# (ruff:|noqa|type: ignore|fmt: skip).*$")  # words to our tools, not to readers
_PACKAGE: Final = "evidence_store.verifier."
_HEAD: Final = '''#!/usr/bin/env python3
"""Bianwu 辨诬: offline verifier of evidence packages. Generated from evidence_store/verifier; do not edit.

离线验证证据包。只用 Python 标准库（3.9 及以上），不联网，不写文件：
Verifies an evidence package offline with the Python standard library alone (3.9 or later); writes nothing:

    python3 -I -S verify.py PACKAGE [--trust trust.json] [--against CHECKPOINT] [--json]

退出码 / exit code: 0 PASS · 1 FAIL · 2 UNTRUSTED-KEYS, 或无法验证 / or nothing could be judged.
格式 / format: docs/package-format.md. 许可 / licence: Apache-2.0.
"""

'''


class _Part:
    """One part split into its stdlib imports, the public and private names it defines, and the rest of its text."""

    def __init__(self, name: str) -> None:
        text = (files(__name__) / f"{name}.py").read_text(encoding="utf-8")
        self.name, self.needs = name, set[str]()
        self.imports: list[str] = []
        tree = ast.parse(text)
        dropped: set[int] = set()
        self.title = (ast.get_docstring(tree) or "").splitlines()
        self.defined = set(_defined(tree))
        for at, node in enumerate(tree.body):
            doc = at == 0 and isinstance(node, ast.Expr)
            if doc or isinstance(node, ast.Import | ast.ImportFrom):
                dropped.update(range(node.lineno - 1, node.end_lineno or node.lineno))
            if isinstance(node, ast.Import | ast.ImportFrom):
                self._sort_import(node)
        lines = _without_annotations(text, tree)
        kept = [_REMARK.sub("", line) for at, line in enumerate(lines) if at not in dropped]
        self.text = "\n".join(kept).strip("\n")

    def _sort_import(self, node: ast.Import | ast.ImportFrom) -> None:
        module = node.module or "" if isinstance(node, ast.ImportFrom) else ""
        if module.startswith(_PACKAGE):
            self.needs.add(module.removeprefix(_PACKAGE))
        elif module != "__future__":
            self.imports.append(ast.unparse(node))


def _without_annotations(text: str, tree: ast.Module) -> list[str]:
    """Return the lines of a part without type annotations: they are for us, and compiling them takes readers' time."""
    lines = [line.encode() for line in text.splitlines()]
    cuts: list[tuple[int, int, int]] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.arg) and node.annotation is not None:
            cuts.append((node.lineno, node.col_offset + len(node.arg.encode()), node.annotation.end_col_offset or 0))
        elif isinstance(node, ast.AnnAssign) and node.value is not None:
            cuts.append((node.lineno, node.target.end_col_offset or 0, node.annotation.end_col_offset or 0))
        elif isinstance(node, ast.FunctionDef) and node.returns is not None:
            start = lines[node.returns.lineno - 1].rindex(b" -> ", 0, node.returns.col_offset)
            cuts.append((node.returns.lineno, start, node.returns.end_col_offset or 0))
    for number, start, end in sorted(cuts, reverse=True):
        line = lines[number - 1]
        lines[number - 1] = line[:start] + line[end:]
    return [line.decode() for line in lines]


def _defined(tree: ast.Module) -> Iterator[str]:
    """Yield every name a module binds at its top level, imports apart."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            for target in targets:
                yield from (one.id for one in ast.walk(target) if isinstance(one, ast.Name))


@cache
def build_verify_py() -> bytes:
    """Return verify.py: every part in order, stdlib imports first, the same bytes each time.

    Raises:
        RuntimeError: When two parts define the same name, or a part needs one that comes later; only a change of the
            parts can cause it, and a test builds the file.
    """
    parts = [_Part(name) for name in PARTS]
    owner: dict[str, str] = {}
    for at, part in enumerate(parts):
        late = part.needs - set(PARTS[:at])
        twice = (part.defined & set(owner)) - {"TYPE_CHECKING"}
        if late or twice:
            raise RuntimeError(f"{part.name}: needs {sorted(late)} too early, defines again {sorted(twice)}")
        owner.update(dict.fromkeys(part.defined, part.name))
    imports = sorted({one for part in parts for one in part.imports}, key=lambda line: (line.split()[1], line))
    out = [_HEAD + "\n".join(imports)]
    for part in parts:
        title = "\n".join(f"# {line}".rstrip() for line in [f"{'-' * 20} {part.name}", *part.title])
        out.append(f"{title}\n{part.text}")
    out.append('if __name__ == "__main__":\n    sys.exit(main(sys.argv[1:]))')
    return ("\n\n\n".join(out) + "\n").encode()
