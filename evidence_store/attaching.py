"""Writing what comes after a seal: the bytes first, durable, then the small record that refers to them."""

from collections.abc import Iterable
from contextlib import suppress

from evidence_store import layout
from evidence_store.backends import Backend
from evidence_store.digests import sha256_hex
from evidence_store.failures import ObjectConflictError
from evidence_store.receipts import Voucher
from evidence_store.records import VoucherRecord, file_of
from evidence_store.shelf import Shelf


def keep_blobs(backend: Backend, contents: Iterable[bytes]) -> None:
    """Keep contents under their digests, durable when this returns."""
    with backend.batch() as batch:
        for data in contents:
            batch.write(layout.blob_key(sha256_hex(data)), (data,))
        batch.sync()
        batch.link()
        batch.settle()


def attach_voucher(shelf: Shelf, package_id: str, voucher: Voucher) -> None:
    """Attach a receipt to a package; see `EvidenceStore.attach`."""
    shelf.record(package_id)
    while True:
        known = shelf.vouchers(package_id)
        if any(sha256_hex(voucher.given) == one.file.sha256 for one in known):
            return
        number = 1 + max((one.number for one in known), default=0)
        file = file_of(f"{layout.voucher_stem(number, voucher.name)}.bin", voucher.given)
        keep_blobs(shelf.backend, [voucher.given])
        with suppress(ObjectConflictError):  # another process took the number: try the next
            shelf.backend.put_new(
                layout.voucher_key(package_id, number), VoucherRecord(number, voucher.to_json(), file).to_bytes()
            )
            return
