"""Everything a package holds when it leaves the store: what was admitted, its stamps, its place in the log, custody."""

from collections.abc import Callable, Sequence
from typing import BinaryIO

from evidence_store import layout
from evidence_store.custody import CustodyEvent, custody_leaf, event_bytes, parse_events
from evidence_store.errors import CustodyError
from evidence_store.export import Entry, bytes_entry, complete
from evidence_store.failures import ObjectMissingError
from evidence_store.leaves import leaf_bytes
from evidence_store.log import Log
from evidence_store.manifest import canonical_json, parse_object
from evidence_store.package import PackageFile
from evidence_store.records import PackageRecord
from evidence_store.seals import seal_leaf
from evidence_store.shelf import Shelf
from evidence_store.stampfiles import stamp_index
from evidence_store.witnessing import witnessed_proof


def package_entries(shelf: Shelf, log: Log, package_id: str, events: Sequence[CustodyEvent]) -> list[Entry]:
    """Return the files of an export, sorted, tagmanifest included.

    Raises:
        ObjectMissingError: No such package.
        CustodyError: The events are not one unbroken chain about this package.
    """
    record = shelf.record(package_id)
    stamps = shelf.stamps(package_id)
    entries = [_stored(shelf, item) for item in record.files]
    entries += [_stored(shelf, item) for stamp in stamps for item in stamp.files]
    if stamps:
        entries.append(bytes_entry(layout.TSA_INDEX, stamp_index([stamp.entry for stamp in stamps])))
    for voucher in shelf.vouchers(package_id):
        entries += [_stored(shelf, voucher.file), bytes_entry(f"{voucher.stem}.json", canonical_json(voucher.said))]
    entries += _log_entries(shelf, log, record)
    entries += _custody_entries(log, record, events)
    return complete(entries)


def _stored(shelf: Shelf, item: PackageFile) -> Entry:
    def opener(key: str = layout.blob_key(item.sha256)) -> BinaryIO:
        return shelf.backend.open(key)

    return Entry(item.path, item.size, item.sha256, opener)


def leaf_of(read: Callable[[str], bytes]) -> bytes:
    """Return the log entry of a package whose files `read` returns."""
    return leaf_bytes(seal_leaf(parse_object(read(layout.SEAL_JSON)), read(layout.SEAL_SHA256), read(layout.SEAL_SM3)))


def _log_entries(shelf: Shelf, log: Log, record: PackageRecord) -> list[Entry]:
    leaf = leaf_of(lambda path: shelf.read(record, path))
    index = log.find(leaf)
    if index is None:
        raise ObjectMissingError(f"{record.package_id} is kept but not in the log: admit it again")
    proof = witnessed_proof(log, shelf.backend, index)
    return [
        bytes_entry(layout.LEAF, leaf),
        bytes_entry(layout.PROOF, proof.to_bytes()),
        bytes_entry(layout.CHECKPOINT, proof.checkpoint.signed),
    ]


def _custody_entries(log: Log, record: PackageRecord, events: Sequence[CustodyEvent]) -> list[Entry]:
    if not events:
        return []
    data = b"".join(event_bytes(event) + b"\n" for event in events)
    parsed = parse_events(data)
    for event in parsed:
        if event["item"] != record.seal_id:
            raise CustodyError(f"event {event['seq']} is about another item")
    # Only what the log holds cannot be rewritten afterwards; an event that is there already keeps its index.
    receipts = log.append_many([custody_leaf(event) for event in parsed])
    entries = [bytes_entry(layout.EVENTS, data)]
    for event, receipt in zip(parsed, receipts, strict=True):
        path = layout.custody_proof(event["seq"], event["event_id"])
        entries.append(bytes_entry(path, log.proof(receipt.index).to_bytes()))
    return entries
