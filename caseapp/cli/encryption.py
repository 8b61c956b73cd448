"""`bianwu store key` and `bianwu store encrypt`: the keys of encrypted evidence, and making a plain store one."""

from __future__ import annotations

import getpass
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from caseapp.cli.words import Command, Group, option, say
from caseapp.config import Settings, SettingsError
from caseapp.domain.labels import Label
from caseapp.encryption import Encryption, KeyBackup, open_evidence, open_keys, passphrase_of, write_backup

if TYPE_CHECKING:
    from evidence_store.vault import EncryptedBackend, PlainRootKey

_SHEET = Path("bianwu-recovery.txt")


@click.group(
    "key",
    cls=Group,
    says=Label("加密存放所用的密钥。丢失根密钥即丢失证据。", "Keys of encrypted evidence: key lost, evidence lost."),
)
def key() -> None:
    """The group."""


def _settings() -> tuple[Settings, Encryption]:
    settings = Settings.from_env()
    settings.require_initialised()
    if settings.encryption is None:
        raise SettingsError(name="BIANWU_ENCRYPTION", problem="/…/root.key")
    return settings, settings.encryption


def _sheet(root: PlainRootKey, settings: Settings) -> bytes:
    day = datetime.now(UTC).strftime("%Y-%m-%d")
    groups = root.shown().split(" ")
    lines = ["    " + " ".join(groups[at : at + 4]) for at in range(0, len(groups), 4)]
    return "\n".join(
        [
            "辨诬 Bianwu · 证据库根密钥恢复单 · Recovery sheet of the evidence store's root key",
            "",
            f"日期 Date: {day}    编号 Key id: {root.id}",
            f"证据库 Store: {settings.evidence_url}",
            "",
            *lines,
            "",
            "丢失根密钥就永远读不出证据，任何人都无法恢复。请打印两份，分处存放，然后删除本文件。",
            "拿到本页和证据库、密钥存放处备份的人都能读出证据。恢复：bianwu store key restore",
            "Without the root key nobody can ever read the evidence again. Print two copies, keep them in two places,",
            "then delete this file. Whoever has this page, the store and the key place can read the evidence.",
            "To restore: bianwu store key restore",
            "",
        ]
    ).encode()


def _write_sheet(path: Path, root: PlainRootKey, settings: Settings) -> None:
    from evidence_store.files import write_new

    if not write_new(path, _sheet(root, settings), mode=0o600):
        raise click.ClickException(say(f"文件已存在：{path}", f"The file exists: {path}"))
    click.echo(say(f"✓ 恢复单：{path}", f"✓ recovery sheet: {path}"))


_sheet_option = option(
    "--sheet",
    type=click.Path(path_type=Path, dir_okay=False),
    default=_SHEET,
    zh="恢复单写到哪里（纯文本，打印后删除）",
    en="where the recovery sheet goes (text; print it, then delete it)",
)


@key.command(
    "create",
    cls=Command,
    says=Label(
        "生成根密钥并写出恢复单；此后存入的证据加密存放。口令取自 BIANWU_ENCRYPTION_PASSPHRASE 指明的文件（可不设）。",
        "Make the root key and its recovery sheet; what is kept from then on is encrypted. A passphrase is taken from "
        "the file BIANWU_ENCRYPTION_PASSPHRASE names, if any.",
    ),
)
@_sheet_option
def create(sheet: Path) -> None:
    """Make it; a key file that is there is never overwritten, and one left by a run cut off is used."""
    from evidence_store.backends import open_backend
    from evidence_store.vault import KeyPlace, PlainRootKey, is_marked, mark
    from evidence_store.vault.rootkeys import open_key_file

    settings, mine = _settings()
    store, secret = open_backend(settings.evidence_url), passphrase_of(mine)
    known = mine.root_file.exists() or is_marked(store)
    root = open_key_file(mine.root, secret) if known else PlainRootKey.generate()
    _write_sheet(sheet, root, settings)
    if not mine.root_file.exists():
        root.save(mine.root_file, secret)
    KeyPlace(open_backend(mine.keys), root).create()
    mark(store)
    click.echo(
        say(
            f"✓ 根密钥 {root.id}：{mine.root_file}\n密钥存放处：{mine.keys}（请单独备份，短期保留）\n"
            "请打印恢复单，分处存放，然后删除该文件：丢失根密钥即丢失证据。",
            f"✓ root key {root.id}: {mine.root_file}\nplace of the keys: {mine.keys} (back it up apart, keep copies "
            "shortly)\nPrint the recovery sheet, keep copies in two places, delete the file: root key lost, evidence "
            "lost.",
        )
    )


@key.command(
    "restore",
    cls=Command,
    says=Label("按恢复单重建根密钥文件。", "Make the root key's file again from the recovery sheet."),
)
def restore() -> None:
    """The 64 digits are typed, or come on standard input; they are never shown."""
    from evidence_store.backends import open_backend
    from evidence_store.vault import KeyPlace, PlainRootKey

    _, mine = _settings()
    ask = say("恢复单上的 64 位数字与字母：", "The 64 digits of the recovery sheet: ")
    root = PlainRootKey.from_shown(getpass.getpass(ask) if sys.stdin.isatty() else sys.stdin.readline())
    KeyPlace(open_backend(mine.keys), root).check()
    root.save(mine.root_file, passphrase_of(mine))
    click.echo(say(f"✓ 根密钥 {root.id} 已恢复", f"✓ root key {root.id} restored"))


@key.command(
    "check",
    cls=Command,
    says=Label(
        "检查根密钥与密钥存放处；--backup 核对密钥备份是否齐全。有缺时退出码为 1。",
        "Check root key and key place; with --backup whether a backup holds every key. Exit code 1 if it lacks any.",
    ),
)
@option("--backup", metavar="PLACE", zh="密钥备份的地址", en="address of the keys' backup")
def check(backup: str | None) -> int:
    """Look; what was found of the backup is written down for the health page."""
    from evidence_store.backends import open_backend

    settings, mine = _settings()
    keys = open_keys(mine)
    keys.check()
    click.echo(say(f"✓ 根密钥 {keys.root.id}，密钥可用", f"✓ root key {keys.root.id}, the keys can be used"))
    if backup is None:
        return 0
    there = open_backend(backup)
    lacking = [one for one in keys.place.list("") if not there.exists(one) or there.get(one) != keys.place.get(one)]
    write_backup(settings, KeyBackup(datetime.now(UTC).isoformat(timespec="seconds"), len(lacking)))
    click.echo(say(f"备份缺少 {len(lacking)} 把密钥", f"Keys the backup lacks: {len(lacking)}"))
    return 1 if lacking else 0


@key.command(
    "change-passphrase",
    cls=Command,
    says=Label(
        "更换根密钥的口令：新口令取自 FILE，空文件表示不用口令。密钥本身不变，恢复单继续有效。",
        "Change the root key's passphrase to what FILE holds; an empty file means none. The key stays, and so does "
        "its recovery sheet.",
    ),
)
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
def change_passphrase(file: Path) -> None:
    """Write the key file anew, in one step."""
    from evidence_store.vault.rootkeys import open_key_file

    _, mine = _settings()
    root = open_key_file(mine.root, passphrase_of(mine))
    root.save(mine.root_file, passphrase_of(Encryption(mine.root, mine.keys, str(file.resolve()))), new=False)
    click.echo(
        say(
            "✓ 已更换；请把 BIANWU_ENCRYPTION_PASSPHRASE 指向新文件，再重启服务。",
            "✓ changed; point BIANWU_ENCRYPTION_PASSPHRASE to the new file, then restart the service.",
        )
    )


@key.command(
    "rotate",
    cls=Command,
    says=Label(
        "换一把根密钥：只重新包裹密钥，不重新加密证据；写出新的恢复单，旧恢复单作废。",
        "Take a new root key: keys are wrapped again, evidence is not encrypted again. Writes a new recovery sheet; "
        "the old one is void.",
    ),
)
@_sheet_option
def rotate(sheet: Path) -> None:
    """New wraps first, then the key file in one step, then the old wraps go: cut off anywhere, one of the two opens."""
    from evidence_store.backends import open_backend
    from evidence_store.vault import KeyPlace, PlainRootKey
    from evidence_store.vault.rootkeys import open_key_file

    settings, mine = _settings()
    secret, place = passphrase_of(mine), open_backend(mine.keys)
    old, new = open_key_file(mine.root, secret), PlainRootKey.generate()
    keys = KeyPlace(place, old)
    keys.check()
    _write_sheet(sheet, new, settings)
    keys.rotate(new)
    new.save(mine.root_file, secret, new=False)
    fresh = KeyPlace(place, open_key_file(mine.root, secret))
    fresh.check()
    fresh.forget_others()
    click.echo(say(f"✓ 新根密钥 {new.id}；请重启服务。", f"✓ new root key {new.id}; restart the service."))


@click.command(
    "encrypt",
    cls=Command,
    says=Label(
        "把已有的证据改为加密存放；中断后再次运行即可继续。密文读回核对无误后才删除明文。须先停止服务。",
        "Encrypt what is kept already; after an interruption run it again. Plain bytes go only when the encrypted ones "
        "were read back and are right. Stop the service first.",
    ),
)
def encrypt() -> int:
    """Convert the store of the settings."""
    from caseapp.cli.house import only_one
    from evidence_store.vault.converting import convert

    settings, _ = _settings()
    with only_one(settings.data_dir):
        place: EncryptedBackend = open_evidence(settings)  # type: ignore[assignment]  # with the setting it is one
        done = convert(place)
    for one in done.damaged:
        click.secho(say(f"✗ 已损坏，未加密：{one}", f"✗ damaged, not encrypted: {one}"), fg="red")
    click.echo(
        say(
            f"共 {done.blobs} 个对象，本次加密 {done.encrypted} 个。旧备份与旧副本仍是明文，请另行销毁。",
            f"Objects: {done.blobs}; encrypted now: {done.encrypted}. Older backups and replicas are still plain: "
            "destroy them.",
        )
    )
    return 1 if done.damaged else 0
