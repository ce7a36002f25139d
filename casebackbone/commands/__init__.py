"""What can be asked: one class per command, each with the permission that it needs.

Several of them run in one transaction (:meth:`casebackbone.application.Application.handle`): receive, answer and
resolve is the normal case at the phone.
"""

from casebackbone.commands.article import (
    DraftArticle,
    ProveArticleWrong,
    PublishArticle,
    RateArticle,
    RetireArticle,
    ReviewArticle,
    ReviseArticle,
)
from casebackbone.commands.article_use import ConsultArticle, RecallAnswer
from casebackbone.commands.closing import Contradict, Erase, Merge, Reopen, Resolve, Unmerge
from casebackbone.commands.command import Command, InquiryCommand, Scene
from casebackbone.commands.custody import (
    Accept,
    Claim,
    ExpireOffer,
    Forward,
    Recall,
    Reject,
    Release,
    Reroute,
    SendToBackground,
)
from casebackbone.commands.desk import CallStep, CloseDay, LookAtDesk, Place, RecordCall, SignOff, SignOn
from casebackbone.commands.directory import (
    AddMember,
    AssignResponsibility,
    CloseDepartment,
    DeactivatePerson,
    DescribeDepartment,
    DescribeService,
    EndResponsibility,
    ReactivatePerson,
    ReinstateService,
    RemoveMember,
    ReopenDepartment,
    WithdrawService,
)
from casebackbone.commands.feedback import GiveFeedback
from casebackbone.commands.taking import Take
from casebackbone.commands.task import AssignTask, DeferTask, FinishTask, OpenTask, ReopenTask
from casebackbone.commands.watching import Acknowledge, ChangeDue, Escalate, EscalateDue
from casebackbone.commands.with_citizen import Answer, Classify, Contact, Note, Pause, PromiseCallback, Receive, Resume

__all__ = [
    "Accept",
    "Acknowledge",
    "AddMember",
    "Answer",
    "AssignResponsibility",
    "AssignTask",
    "CallStep",
    "ChangeDue",
    "Claim",
    "Classify",
    "CloseDay",
    "CloseDepartment",
    "Command",
    "ConsultArticle",
    "Contact",
    "Contradict",
    "DeactivatePerson",
    "DeferTask",
    "DescribeDepartment",
    "DescribeService",
    "DraftArticle",
    "EndResponsibility",
    "Erase",
    "Escalate",
    "EscalateDue",
    "ExpireOffer",
    "FinishTask",
    "Forward",
    "GiveFeedback",
    "InquiryCommand",
    "LookAtDesk",
    "Merge",
    "Note",
    "OpenTask",
    "Pause",
    "Place",
    "PromiseCallback",
    "ProveArticleWrong",
    "PublishArticle",
    "RateArticle",
    "ReactivatePerson",
    "Recall",
    "RecallAnswer",
    "Receive",
    "RecordCall",
    "ReinstateService",
    "Reject",
    "Release",
    "RemoveMember",
    "Reopen",
    "ReopenDepartment",
    "ReopenTask",
    "Reroute",
    "Resolve",
    "Resume",
    "RetireArticle",
    "ReviewArticle",
    "ReviseArticle",
    "Scene",
    "SendToBackground",
    "SignOff",
    "SignOn",
    "Take",
    "Unmerge",
    "WithdrawService",
]
