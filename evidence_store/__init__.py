"""Seal, keep, prove and verify evidence packages: a library that knows neither the case manager nor the capture.

The names below are its public face. docs/package-format.md describes the bytes it writes.
"""

from evidence_store.checkpoint import Checkpoint, GrowthProof, InclusionProof
from evidence_store.custody import CustodyEvent, custody_event, custody_leaf
from evidence_store.errors import EvidenceError
from evidence_store.fsck import FsckReport
from evidence_store.log import LogReceipt
from evidence_store.moments import moment, new_ulid
from evidence_store.package import Package, PackageFile, SealFacts
from evidence_store.rfc3161 import Rfc3161Authority
from evidence_store.sealing import seal
from evidence_store.seals import SealState
from evidence_store.shelf import StoredPackage
from evidence_store.signing import Signer, VerifierKey
from evidence_store.stamping import stamp
from evidence_store.stamps import TEST_POLICY, Outcome, Stamp, StampReport, TimestampAuthority
from evidence_store.starting import Beginning, begin
from evidence_store.store import EvidenceStore, Receipt
from evidence_store.timestamp import AUTHORITIES, open_authority, request_stamps
from evidence_store.trust import Trust, TrustedKey, TrustedRoot
from evidence_store.verify import Check, Report, render_text, verify

__all__ = [
    "AUTHORITIES",
    "TEST_POLICY",
    "Beginning",
    "Check",
    "Checkpoint",
    "CustodyEvent",
    "EvidenceError",
    "EvidenceStore",
    "FsckReport",
    "GrowthProof",
    "InclusionProof",
    "LogReceipt",
    "Outcome",
    "Package",
    "PackageFile",
    "Receipt",
    "Report",
    "Rfc3161Authority",
    "SealFacts",
    "SealState",
    "Signer",
    "Stamp",
    "StampReport",
    "StoredPackage",
    "TimestampAuthority",
    "Trust",
    "TrustedKey",
    "TrustedRoot",
    "VerifierKey",
    "begin",
    "custody_event",
    "custody_leaf",
    "moment",
    "new_ulid",
    "open_authority",
    "render_text",
    "request_stamps",
    "seal",
    "stamp",
    "verify",
]
