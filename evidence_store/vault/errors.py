"""What can go wrong with keys and encrypted bytes."""

from evidence_store.failures import DigestMismatchError, ObjectMissingError, StorageError


class BlobDamagedError(DigestMismatchError):
    """Encrypted bytes that do not decrypt to what their name says."""

    code = "evidence.blob_damaged"
    zh = "加密存放的内容已损坏或被改动：{detail}。请运行 fsck，并从第二存放处或备份恢复。"
    en = "Encrypted bytes are damaged or were changed: {detail}. Run fsck; restore from the replica or a backup."


class BlobKeyMissingError(ObjectMissingError):
    """The key of one blob is not among the wrapped keys."""

    code = "evidence.blob_key_missing"
    retryable = True
    zh = "找不到这份内容的密钥：{detail}。请从密钥备份恢复密钥存放处；没有密钥就不能读出内容。"
    en = "The key of these bytes is missing: {detail}. Restore the key place from its backup; nothing reads them else."


class KeysLockedError(StorageError):
    """The root key is missing, locked or another one; nothing is concluded about any evidence."""

    code = "evidence.keys_locked"
    retryable = True
    zh = "证据库的密钥打不开：{detail}。证据未受影响；请放回密钥文件或改正口令，然后重试。"
    en = "The store's key cannot be opened: {detail}. Evidence is untouched; put the key file or passphrase right."


class KeysAwayError(StorageError):
    """The place of the wrapped keys cannot be reached, or is another store's."""

    code = "evidence.keys_away"
    retryable = True
    zh = "密钥存放处不可用：{detail}。证据未受影响；请检查密钥存放处的地址与挂载，然后重试。"
    en = "The place of the keys is not there: {detail}. Evidence is untouched; check its address and mount, try again."


class WriteRacedError(StorageError):
    """Another process kept the same bytes at the same moment."""

    code = "evidence.write_raced"
    retryable = True
    zh = "另一进程同时存入了相同内容：{detail}。没有丢失任何内容，请再试一次。"
    en = "Another process kept the same bytes at the same moment: {detail}. Nothing is lost; do it again."
