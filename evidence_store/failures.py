"""The second half of the error tree of `evidence_store.errors`: integrity, time stamps and storage."""

from evidence_store.errors import EvidenceError


class IntegrityError(EvidenceError):
    """Bytes that are well formed and wrong."""

    code = "evidence.integrity"
    zh = "完整性校验失败：{detail}。请停止使用该副本并报告管理员。"
    en = "Integrity check failed: {detail}. Stop using this copy and tell the administrator."


class DigestMismatchError(IntegrityError):
    """Contents differ from the recorded digest."""

    code = "evidence.digest_mismatch"
    zh = "内容与封存时的摘要不符：{detail}。请停止使用该副本，改用原始副本。"
    en = "Contents differ from the sealed digest: {detail}. Stop using this copy; use the original."


class SignatureError(IntegrityError):
    """A signature does not verify."""

    code = "evidence.signature"
    zh = "签名无效：{detail}。请确认公钥来源，改用原始副本。"
    en = "The signature is not valid: {detail}. Check where the key came from and use the original copy."


class ObjectConflictError(IntegrityError):
    """Other bytes already lie under this name."""

    code = "evidence.object_conflict"
    zh = "同名对象内容不同，已拒绝写入：{detail}。请运行 fsck。"
    en = "Other bytes already lie under this name; nothing was written: {detail}. Run fsck."


class DuplicateSealError(IntegrityError):
    """The seal number belongs to another package."""

    code = "evidence.duplicate_seal"
    zh = "封存编号已属于另一份证据：{detail}。请用新的编号重新封存。"
    en = "The seal number belongs to another package: {detail}. Seal again under a new number."


class LogForkError(IntegrityError):
    """A second history of the log."""

    code = "evidence.log_fork"
    zh = "日志出现两个版本，已拒绝签名：{detail}。请勿继续写入，从备份核对后再处理。"
    en = "A second history of the log; nothing was signed: {detail}. Stop writing and compare with a backup."


class LogKeyRetiredError(IntegrityError):
    """Another key took over from this one."""

    code = "evidence.log_key_retired"
    zh = "日志已换用新的密钥：{detail}。请运行 bianwu log rotate 完成更换，并重启仍在用旧密钥的进程。"
    en = "Another key took over the log: {detail}. Run bianwu log rotate to finish, then restart Bianwu."


class LogDamagedError(IntegrityError):
    """Stored parts of the log contradict each other."""

    code = "evidence.log_damaged"
    zh = "日志内容自相矛盾：{detail}。请运行 fsck 并从备份恢复。"
    en = "Stored parts of the log contradict each other: {detail}. Run fsck and restore from a backup."


class StampError(EvidenceError):
    """No usable time stamp; the seal stays self-timed."""

    code = "evidence.stamp"
    zh = "未取得可用的时间戳：{detail}。封存仍有效，但仅为自述时间。"
    en = "No usable time stamp: {detail}. The seal stands, but its time is only self-declared."


class AuthorityUnreachableError(StampError):
    """No answer."""

    code = "evidence.authority_unreachable"
    retryable = True
    zh = "时间戳机构没有应答：{detail}。将自动重试；在此之前仅为自述时间。"
    en = "The time-stamp authority does not answer: {detail}. It is tried again; until then the time is self-declared."


class AuthorityRefusedError(StampError):
    """The authority said no."""

    code = "evidence.authority_refused"
    zh = "时间戳机构拒绝了请求：{detail}。请检查账户与地址设置。"
    en = "The time-stamp authority refused: {detail}. Check the account and address in the settings."


class TokenMismatchError(StampError):
    """The token is for other bytes, another nonce or another policy."""

    code = "evidence.token_mismatch"
    zh = "时间戳与请求不符：{detail}。回执未采用，请重新申请。"
    en = "The time stamp does not answer our request: {detail}. It was not used; request another."


class TokenUntrustedError(StampError):
    """The token does not lead to a configured root."""

    code = "evidence.token_untrusted"
    zh = "时间戳不能追溯到已配置的根证书：{detail}。请核对该机构的根证书。"
    en = "The time stamp does not lead to a configured root: {detail}. Check the root certificate of this authority."


class TokenRevokedError(StampError):
    """A certificate of the token's chain was revoked when it was signed."""

    code = "evidence.token_revoked"
    zh = "时间戳机构的证书已被吊销：{detail}。该时间戳未采用，请改用其他机构。"
    en = "The authority's certificate was revoked: {detail}. The time stamp was not used; ask another authority."


class ByHandError(StampError):
    """The authority answers no program: a person fetches its token and brings it in."""

    code = "evidence.by_hand"
    zh = "该机构须由人工办理：{detail}。请导出时间戳请求，取得回执后导入。"
    en = "This authority is asked by a person: {detail}. Export the request, obtain the token, then import it."


class ClockDisagreesError(StampError):
    """Token time and own clock are too far apart."""

    code = "evidence.clock_disagrees"
    zh = "时间戳时间与本机时钟相差过大：{detail}。请校准本机时钟后重新申请。"
    en = "Token time and this computer's clock disagree: {detail}. Set the clock right and request again."


class StorageError(EvidenceError):
    """The place where evidence is kept."""

    code = "evidence.storage"
    zh = "证据存储出错：{detail}。请检查磁盘后重试。"
    en = "The evidence storage failed: {detail}. Check the disk and try again."


class DiskFullError(StorageError):
    """No space."""

    code = "evidence.disk_full"
    retryable = True
    zh = "磁盘空间不足：{detail}。已有证据未受影响；请清理磁盘后重试。"
    en = "The disk is full: {detail}. Existing evidence is untouched; free some space and try again."


class StorageFailedError(StorageError):
    """An input/output error."""

    code = "evidence.storage_failed"
    retryable = True
    zh = "读写失败：{detail}。请检查磁盘与目录权限后重试。"
    en = "Reading or writing failed: {detail}. Check the disk and the folder's permissions, then try again."


class ObjectMissingError(StorageError):
    """Something recorded is not there."""

    code = "evidence.object_missing"
    zh = "找不到对象：{detail}。请核对编号；若确已入库，请运行 fsck 并从备份恢复。"
    en = "Not found: {detail}. Check the number; if it was admitted, run fsck and restore from a backup."


class KeyRefusedError(StorageError):
    """An object key outside the agreed alphabet."""

    code = "evidence.key_refused"
    zh = "对象键不合规：{detail}。"
    en = "Not an acceptable object key: {detail}."


class UnknownBackendError(StorageError):
    """No backend for this address."""

    code = "evidence.unknown_backend"
    zh = "不认识的证据库地址：{detail}。请在设置里改用支持的地址（如 file:///路径）。"
    en = "No backend for this address: {detail}. Use a supported one in the settings (such as file:///path)."


class BackendUnreachableError(StorageError):
    """The service does not answer, or asks to be left alone for now."""

    code = "evidence.backend_unreachable"
    retryable = True
    zh = "存储服务没有应答：{detail}。请检查网络与 endpoint 地址；稍后会再试，已有证据未受影响。"
    en = "The storage service does not answer: {detail}. Check network and endpoint; existing evidence is untouched."


class BackendCredentialsError(StorageError):
    """The service does not let us in."""

    code = "evidence.backend_credentials"
    zh = "存储服务拒绝访问：{detail}。请核对访问密钥（AWS_ACCESS_KEY_ID 等）及其对该存储桶的权限。"
    en = "The storage service refuses access: {detail}. Check the access key (AWS_ACCESS_KEY_ID …) and its permissions."


class BackendClockError(StorageError):
    """Our clock is too far from that of the service."""

    code = "evidence.backend_clock"
    zh = "本机时钟与存储服务相差过大：{detail}。请校准本机时钟后重试。"
    en = "This computer's clock is too far from the storage service's: {detail}. Set it right and try again."


class BucketMissingError(StorageError):
    """There is no such bucket."""

    code = "evidence.bucket_missing"
    zh = "没有这个存储桶：{detail}。请先建立它（需要防删时建立时启用 Object Lock），或改正地址。"
    en = "There is no such bucket: {detail}. Create it (with Object Lock if nobody may delete), or correct the address."


class BackendUnfitError(StorageError):
    """The service lacks what evidence needs."""

    code = "evidence.backend_unfit"
    zh = "这个存储服务不能存放证据：{detail}。请换用支持条件写入（及所要求的 Object Lock）的服务或存储桶。"
    en = "This service cannot keep evidence: {detail}. Use one with conditional writes (and Object Lock if asked for)."


class BackendDriverError(StorageError):
    """A library this kind of storage needs is not installed."""

    code = "evidence.backend_driver"
    zh = "没有安装 {detail}。请安装 bianwu[s3] 后重试。"
    en = "{detail} is not installed. Install bianwu[s3] and try again."


class ObjectRetainedError(StorageError):
    """Object Lock keeps the object."""

    code = "evidence.object_retained"
    zh = "对象受 Object Lock 保留，不能删除：{detail}。请等保留期满，或先解除法律保留。"
    en = "Object Lock keeps this object: {detail}. Wait for its day, or lift its legal hold first."


class LogBusyError(StorageError):
    """Another process holds the log too long."""

    code = "evidence.log_busy"
    retryable = True
    zh = "日志正被另一进程占用：{detail}。稍后会自动重试。"
    en = "Another process holds the log: {detail}. It will be tried again shortly."
