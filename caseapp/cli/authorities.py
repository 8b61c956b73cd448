"""`bianwu authorities`: public time-stamp authorities to start with; roots written out, the setting printed."""

from __future__ import annotations

import hashlib
import json
import ssl
from pathlib import Path
from typing import Final

import click

from caseapp.cli.words import command, language, option, say
from caseapp.domain.public_authorities import PUBLIC_AUTHORITIES, PublicAuthority

SYSTEM_ROOTS: Final = Path("/etc/ssl/certs/ca-certificates.crt")
_BEGIN: Final = "-----BEGIN CERTIFICATE-----"
_END: Final = "-----END CERTIFICATE-----\n"


def roots_of(bundle: bytes) -> dict[str, str]:
    """Return fingerprint → PEM of each certificate of a bundle; blocks that are none are left out."""
    found: dict[str, str] = {}
    for piece in bundle.decode("ascii", "replace").replace("\r\n", "\n").split(_BEGIN)[1:]:
        block = _BEGIN + piece.partition(_END)[0] + _END
        try:
            found[hashlib.sha256(ssl.PEM_cert_to_DER_cert(block)).hexdigest()] = block
        except ValueError:
            continue
    return found


@command(
    "authorities",
    "列出可用的公共时间戳机构；给出 --write 时把所选机构的根证书写成文件，并打印 BIANWU_AUTHORITIES 的值。不联网。",
    "List public time stamp authorities; with --write, write the roots of the chosen ones and print the value of "
    "BIANWU_AUTHORITIES. Nothing is asked over the network.",
)
@click.argument("names", nargs=-1)
@option("--write", "folder", zh="根证书写到哪个文件夹", en="Folder for the roots", type=click.Path(path_type=Path))
@option(
    "--bundle",
    zh="从哪个证书集取根证书",
    en="Bundle to take roots from",
    type=click.Path(path_type=Path),
    default=SYSTEM_ROOTS,
)
def authorities(names: tuple[str, ...], folder: Path | None, bundle: Path) -> int:
    """List them, or write roots; a root is taken by its fingerprint alone."""
    known = {one.name: one for one in PUBLIC_AUTHORITIES}
    strange = [name for name in names if name not in known]
    if strange:
        raise click.UsageError(say(f"没有这家机构：{strange[0]}", f"No such authority: {strange[0]}"))
    chosen = [known[name] for name in names] or list(PUBLIC_AUTHORITIES)
    if folder is None:
        for one in chosen:
            click.echo(f"{one.name} {one.url}\n  {one.root} {one.sha256 or '–'}\n  {one.sure.text(language())}")
        return 0
    click.echo(json.dumps(_written(chosen, folder, bundle), ensure_ascii=False))
    return 0


def _written(chosen: list[PublicAuthority], folder: Path, bundle: Path) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = []
    try:
        roots = roots_of(bundle.read_bytes())
        folder.mkdir(parents=True, exist_ok=True)
        for one in chosen:
            if one.sha256 not in roots:
                click.echo(
                    say(f"! {one.name}：根证书待核，未写", f"! {one.name}: root unchecked, not written"), err=True
                )
                continue
            path = folder / f"{one.name}.pem"
            path.write_text(roots[one.sha256], encoding="ascii")
            rows.append({"name": one.name, "url": one.url, "roots": str(path.resolve())})
    except OSError as error:
        raise click.ClickException(f"{error.filename}: {error.strerror}") from None
    return rows
