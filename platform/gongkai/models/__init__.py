"""Tables, one noun a file. Importing this package knows them all."""

from gongkai.db import Base, Outbox
from gongkai.models.account import Account, ApiToken, Membership, Role
from gongkai.models.announcement import Announcement
from gongkai.models.audit import AuditEntry
from gongkai.models.dataset import Dataset
from gongkai.models.draft import Draft, DraftActor, DraftStep, Signature
from gongkai.models.idempotency import IdempotentRequest
from gongkai.models.institution import Institution
from gongkai.models.notice import Notice
from gongkai.models.release import Distribution, Release

__all__ = [
    "Account",
    "Announcement",
    "ApiToken",
    "AuditEntry",
    "Base",
    "Dataset",
    "Distribution",
    "Draft",
    "DraftActor",
    "DraftStep",
    "IdempotentRequest",
    "Institution",
    "Membership",
    "Notice",
    "Outbox",
    "Release",
    "Role",
    "Signature",
]
