"""Everything that can go wrong with evidence, as one tree with stable codes and messages in two languages.

EvidenceError
├── InputError                     what was handed in cannot be used
│   ├── NameRefusedError           a file name that no package can carry
│   ├── FileRefusedError           not a regular file, unreadable, or changed while it was read
│   ├── FactsRefusedError          the facts of a seal are incomplete or not canonical JSON
│   ├── KeyFileError               a key file is missing, open to others, or not a key
│   ├── TrustFileError             trust.json cannot be used
│   ├── RootsFileError             the root certificates of an authority cannot be used
│   ├── LeafRefusedError           a log leaf too large or with fields that do not belong in a public log
│   └── PackageExistsError         the destination is taken; nothing is overwritten
├── FormatError                    bytes that do not follow their format
│   ├── CanonicalJsonError         not canonical JSON
│   ├── ManifestError              not a digest list
│   ├── NoteError                  not a signed note or verifier key
│   ├── CheckpointError            not a checkpoint
│   ├── ProofError                 not a proof file, or hashes that do not fit
│   ├── TileError                  a tile or entry bundle of the wrong size
│   ├── PackageFormatError         not an evidence package
│   ├── CustodyError               an event that breaks the chain of custody
│   └── TokenFormatError           not a time-stamp response
├── IntegrityError                 bytes that are well formed and wrong (this and the rest: failures.py)
│   ├── DigestMismatchError        contents differ from the recorded digest
│   ├── SignatureError             a signature does not verify
│   ├── ObjectConflictError        other bytes already lie under this name
│   ├── DuplicateSealError         the seal number belongs to another package
│   ├── LogForkError               a second history of the log
│   ├── LogKeyRetiredError         another key took over from this one
│   └── LogDamagedError            stored parts of the log contradict each other
├── StampError                     no usable time stamp; the seal stays self-timed
│   ├── AuthorityUnreachableError  no answer
│   ├── AuthorityRefusedError      the authority said no
│   ├── TokenMismatchError         the token is for other bytes, another nonce or another policy
│   ├── TokenUntrustedError        the token does not lead to a configured root
│   ├── TokenRevokedError          a certificate of its chain was revoked
│   ├── ByHandError                a person has to ask this authority
│   └── ClockDisagreesError        token time and own clock are too far apart
└── StorageError                   the place where evidence is kept
    ├── DiskFullError              no space
    ├── StorageFailedError         an input/output error
    ├── ObjectMissingError         something recorded is not there
    ├── KeyRefusedError            an object key outside the agreed alphabet
    ├── UnknownBackendError        no backend for this address
    ├── BackendUnreachableError    a storage service that does not answer
    ├── BackendCredentialsError    it does not let us in
    ├── BackendClockError          our clock is too far from its own
    ├── BucketMissingError         no such bucket
    ├── BackendUnfitError          it lacks what evidence needs (conditional puts, Object Lock asked for)
    ├── BackendDriverError         boto3 is not installed
    ├── ObjectRetainedError        Object Lock keeps the object
    └── LogBusyError               another process holds the log too long
"""

from typing import ClassVar, Literal

Lang = Literal["zh", "en"]


class EvidenceError(Exception):
    """Base of every error of this package.

    Attributes:
        code: Stable identifier, never reused with another meaning.
        retryable: Whether the same call may succeed later without any change.
        detail: The particular path, number or words; put into the message.
    """

    code: ClassVar[str] = "evidence.error"
    retryable: ClassVar[bool] = False
    zh: ClassVar[str] = "证据库出错：{detail}。请把这条信息交给管理员。"
    en: ClassVar[str] = "Evidence store error: {detail}. Give this message to the administrator."

    def __init__(self, detail: str = "") -> None:
        self.detail = detail
        super().__init__(self.message("en"))

    def message(self, lang: Lang = "zh") -> str:
        """Return the sentence for a person: what happened and what to do."""
        return (self.zh if lang == "zh" else self.en).format(detail=self.detail)


class InputError(EvidenceError):
    """What was handed in cannot be used."""

    code = "evidence.input"
    zh = "输入不能使用：{detail}。请改正后重试。"
    en = "The input cannot be used: {detail}. Correct it and try again."


class NameRefusedError(InputError):
    """A file name that no package can carry."""

    code = "evidence.name_refused"
    zh = "文件名不能放入证据包：{detail}。请改名后重试（只用文字、数字、空格、- _ . 最稳妥）。"
    en = "This file name cannot enter a package: {detail}. Rename it (letters, digits, spaces, - _ . are safe)."


class FileRefusedError(InputError):
    """Not a regular file, unreadable, or changed while it was read."""

    code = "evidence.file_refused"
    zh = "文件不能封存：{detail}。请确认它是可读取的普通文件，并且没有程序正在修改它。"
    en = "This file cannot be sealed: {detail}. Make sure it is a readable regular file that nothing is changing."


class FactsRefusedError(InputError):
    """The facts of a seal are incomplete or not canonical JSON."""

    code = "evidence.facts_refused"
    zh = "封存信息不完整或格式不对：{detail}。请补全后重新封存。"
    en = "The facts of the seal are incomplete or malformed: {detail}. Complete them and seal again."


class KeyFileError(InputError):
    """A key file is missing, open to others, or not a key; a person can mend it, and the work then goes on."""

    code = "evidence.key_file"
    retryable = True
    zh = "签名密钥不能使用：{detail}。请检查密钥文件是否存在、是否只有本人可读（chmod 600）。"
    en = "The signing key cannot be used: {detail}. The key file must exist and be readable by you alone (chmod 600)."


class TrustFileError(InputError):
    """trust.json cannot be used."""

    code = "evidence.trust_file"
    zh = "信任文件不能使用：{detail}。请向出具证据的一方另行索取 trust.json。"
    en = "The trust file cannot be used: {detail}. Ask the party that issued the evidence for its trust.json."


class RootsFileError(InputError):
    """The root certificates of an authority cannot be used."""

    code = "evidence.roots_file"
    zh = "时间戳机构的根证书不能使用：{detail}。请向该机构索取 PEM 格式的根证书文件。"
    en = "The root certificates of the authority cannot be used: {detail}. Ask the authority for them as a PEM file."


class LeafRefusedError(InputError):
    """A log leaf too large or with fields that do not belong in a public log."""

    code = "evidence.leaf_refused"
    zh = "日志条目被拒绝：{detail}。条目只能含编号与摘要，不得含个人信息，且不超过 4096 字节。"
    en = "The log entry was refused: {detail}. It may hold references and digests only, at most 4096 bytes."


class PackageExistsError(InputError):
    """The destination is taken; nothing is overwritten."""

    code = "evidence.package_exists"
    zh = "目标已存在，不会覆盖：{detail}。请换一个目录。"
    en = "The destination exists and is not overwritten: {detail}. Choose another folder."


class FormatError(EvidenceError):
    """Bytes that do not follow their format."""

    code = "evidence.format"
    zh = "数据格式不对：{detail}。它可能已损坏或被改动，请改用原始副本。"
    en = "Malformed data: {detail}. It may be damaged or altered; use the original copy."


class CanonicalJsonError(FormatError):
    """Not canonical JSON."""

    code = "evidence.canonical_json"
    zh = "不是规范 JSON：{detail}。请改用原始副本。"
    en = "Not canonical JSON: {detail}. Use the original copy."


class ManifestError(FormatError):
    """Not a digest list."""

    code = "evidence.manifest"
    zh = "摘要清单格式不对：{detail}。请改用原始副本。"
    en = "Not a digest list: {detail}. Use the original copy."


class NoteError(FormatError):
    """Not a signed note or verifier key."""

    code = "evidence.note"
    zh = "签名文书或公钥格式不对：{detail}。请改用原始副本。"
    en = "Not a signed note or verifier key: {detail}. Use the original copy."


class CheckpointError(FormatError):
    """Not a checkpoint."""

    code = "evidence.checkpoint"
    zh = "日志检查点格式不对：{detail}。请改用原始副本。"
    en = "Not a log checkpoint: {detail}. Use the original copy."


class ProofError(FormatError):
    """Not a proof file, or hashes that do not fit."""

    code = "evidence.proof"
    zh = "日志证明不成立：{detail}。请重新从证据库导出。"
    en = "The log proof does not hold: {detail}. Export it again from the evidence store."


class TileError(FormatError):
    """A tile or entry bundle of the wrong size."""

    code = "evidence.tile"
    zh = "日志数据块损坏：{detail}。请从备份恢复，并运行 fsck。"
    en = "A part of the log is damaged: {detail}. Restore it from a backup and run fsck."


class PackageFormatError(FormatError):
    """Not an evidence package."""

    code = "evidence.package_format"
    zh = "不是完整的证据包：{detail}。请检查路径，或改用原始副本。"
    en = "Not a complete evidence package: {detail}. Check the path or use the original copy."


class CustodyError(FormatError):
    """An event that breaks the chain of custody."""

    code = "evidence.custody"
    zh = "保管链不连续：{detail}。请核对保管记录。"
    en = "The chain of custody is broken: {detail}. Check the custody records."


class TokenFormatError(FormatError):
    """Not a time-stamp response."""

    code = "evidence.token_format"
    zh = "时间戳回执无法识别：{detail}。请重新申请时间戳。"
    en = "Not a time-stamp response: {detail}. Request the time stamp again."
