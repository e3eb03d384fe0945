"""Tables, one noun a file. Importing this package knows them all."""

from gongkai.db import Base, Outbox
from gongkai.models.account import Account, ApiToken, Membership, Role
from gongkai.models.announcement import Announcement
from gongkai.models.audit import AuditEntry
from gongkai.models.calendar import CalendarDay, CalendarException, CalendarYear
from gongkai.models.dataset import Dataset
from gongkai.models.draft import Draft, DraftActor, DraftStep, Signature
from gongkai.models.finding import DecidedFinding, Finding, FindingDecision
from gongkai.models.idempotency import IdempotentRequest
from gongkai.models.institution import Institution
from gongkai.models.job import JobLease, JobRun, RunOutcome
from gongkai.models.message import Channel, Message, MessageKind, Reminder
from gongkai.models.notice import Notice
from gongkai.models.obligation import (
    ClockMark,
    Obligation,
    ObligationEvent,
    ObligationState,
    ObligationSuspension,
    OpenedBy,
)
from gongkai.models.rectification import (
    RectificationCase,
    RectificationEvent,
    RectificationOutcome,
    RectificationSource,
    RectificationState,
)
from gongkai.models.release import Distribution, Release
from gongkai.models.score import ScoreSnapshot
from gongkai.models.source import WatchedSource

__all__ = [
    "Account",
    "Announcement",
    "ApiToken",
    "AuditEntry",
    "Base",
    "CalendarDay",
    "CalendarException",
    "CalendarYear",
    "Channel",
    "ClockMark",
    "Dataset",
    "DecidedFinding",
    "Distribution",
    "Draft",
    "DraftActor",
    "DraftStep",
    "Finding",
    "FindingDecision",
    "IdempotentRequest",
    "Institution",
    "JobLease",
    "JobRun",
    "Membership",
    "Message",
    "MessageKind",
    "Notice",
    "Obligation",
    "ObligationEvent",
    "ObligationState",
    "ObligationSuspension",
    "OpenedBy",
    "Outbox",
    "RectificationCase",
    "RectificationEvent",
    "RectificationOutcome",
    "RectificationSource",
    "RectificationState",
    "Release",
    "Reminder",
    "Role",
    "RunOutcome",
    "ScoreSnapshot",
    "Signature",
    "WatchedSource",
]
