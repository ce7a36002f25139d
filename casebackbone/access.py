"""Who may do what: one table, no HTTP.

Two questions are answered here. *May this role do this at all?* (:data:`PERMISSIONS`), and *may it do it to this
inquiry?* (:func:`sees`, :func:`holds`). What somebody may not see does not exist for them.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from casebackbone.refusals import Forbidden, InquiryNotFound
from events.standing import Standing


class Role(StrEnum):
    FRONT_AGENT = "front_agent"
    BACKGROUND_AGENT = "background_agent"
    DEPARTMENT_STAFF = "department_staff"
    SUPERVISOR = "supervisor"
    AUDITOR = "auditor"
    DATA_PROTECTION_OFFICER = "data_protection_officer"
    ADMINISTRATOR = "administrator"
    DEPARTMENT_SYSTEM = "department_system"
    TELEPHONE_SYSTEM = "telephone_system"
    CARETAKER = "caretaker"
    FEEDBACK = "feedback"
    IMPORTER = "importer"


INTERNAL = frozenset({Role.CARETAKER, Role.IMPORTER, Role.FEEDBACK})
"""Processes of the system itself, and the citizen who says whether an answer helped: no token
is ever issued for these, and one that claims them is refused."""


_DESK = {Role.FRONT_AGENT, Role.BACKGROUND_AGENT}
_DEPARTMENT = {Role.DEPARTMENT_STAFF, Role.DEPARTMENT_SYSTEM}
_MACHINES = {Role.DEPARTMENT_SYSTEM, Role.TELEPHONE_SYSTEM, Role.CARETAKER, Role.FEEDBACK}
_WORKS = _DESK | _DEPARTMENT | {Role.SUPERVISOR}
_OVERSEES = {Role.SUPERVISOR, Role.AUDITOR, Role.DATA_PROTECTION_OFFICER}


class Permission(StrEnum):
    """Everything that anybody can do here; routes and commands name one of these."""

    RECEIVE = "receive"
    CLASSIFY = "classify"
    CLAIM = "claim"
    RELEASE = "release"
    SEND_TO_BACKGROUND = "send_to_background"
    ANSWER = "answer"
    FORWARD = "forward"
    SUPERVISE = "supervise"
    DECIDE_OFFER = "decide_offer"
    RECALL = "recall"
    EXPIRE = "expire"
    CONTACT = "contact"
    PAUSE = "pause"
    NOTE = "note"
    CHANGE_DUE = "change_due"
    ESCALATE = "escalate"
    ACKNOWLEDGE = "acknowledge"
    RESOLVE = "resolve"
    REOPEN = "reopen"
    MERGE = "merge"
    CONTRADICT = "contradict"
    REROUTE = "reroute"
    ERASE = "erase"
    READ_INQUIRY = "read_inquiry"
    READ_CONTENT = "read_content"
    SEARCH_TEXTS = "search_texts"
    READ_WORKLIST = "read_worklist"
    READ_DEPARTMENT_WORKLIST = "read_department_worklist"
    READ_NOBODY_LOST = "read_nobody_lost"
    READ_AUDIT = "read_audit"
    READ_FIGURES = "read_figures"
    READ_EVENTS = "read_events"
    OPERATE = "operate"
    WRITE_ARTICLE = "write_article"
    REVIEW_ARTICLE = "review_article"
    PUBLISH_ARTICLE = "publish_article"
    RATE_ARTICLE = "rate_article"
    CONSULT_ARTICLE = "consult_article"
    READ_ARTICLES = "read_articles"
    WORK_AT_DESK = "work_at_desk"
    RECORD_CALLS = "record_calls"
    TEND_DESK = "tend_desk"
    READ_DESK = "read_desk"
    MANAGE_DIRECTORY = "manage_directory"
    READ_DIRECTORY = "read_directory"
    GIVE_FEEDBACK = "give_feedback"
    READ_LESSONS = "read_lessons"
    READ_QUESTIONS = "read_questions"
    READ_TASKS = "read_tasks"
    FINISH_TASK = "finish_task"
    MANAGE_TASKS = "manage_tasks"


PERMISSIONS: dict[Permission, frozenset[Role]] = {
    permission: frozenset(roles)
    for permission, roles in {
        Permission.RECEIVE: _WORKS | {Role.IMPORTER},
        Permission.CLASSIFY: _WORKS | {Role.IMPORTER},
        Permission.CLAIM: _DESK | {Role.DEPARTMENT_STAFF, Role.SUPERVISOR},
        Permission.RELEASE: _DESK | {Role.DEPARTMENT_STAFF, Role.SUPERVISOR},
        Permission.SEND_TO_BACKGROUND: _DESK | {Role.SUPERVISOR},
        Permission.ANSWER: _WORKS | {Role.IMPORTER},
        Permission.FORWARD: _WORKS | {Role.IMPORTER},
        Permission.SUPERVISE: {Role.SUPERVISOR, Role.IMPORTER},
        Permission.DECIDE_OFFER: _DEPARTMENT | {Role.IMPORTER},
        Permission.RECALL: _WORKS,
        Permission.EXPIRE: {Role.CARETAKER},
        Permission.CONTACT: _WORKS,
        Permission.PAUSE: _WORKS,
        Permission.NOTE: _WORKS | {Role.IMPORTER},
        Permission.CHANGE_DUE: _WORKS | {Role.IMPORTER},
        Permission.ESCALATE: _WORKS | {Role.CARETAKER},
        Permission.ACKNOWLEDGE: {Role.SUPERVISOR},
        Permission.RESOLVE: _WORKS | {Role.IMPORTER},
        Permission.REOPEN: _WORKS,
        Permission.MERGE: _DESK | {Role.DEPARTMENT_STAFF, Role.SUPERVISOR},
        Permission.CONTRADICT: _WORKS,
        Permission.REROUTE: {Role.CARETAKER, Role.ADMINISTRATOR, Role.SUPERVISOR},
        Permission.ERASE: {Role.DATA_PROTECTION_OFFICER},
        Permission.READ_INQUIRY: _WORKS | _OVERSEES,
        Permission.READ_CONTENT: _WORKS | {Role.DATA_PROTECTION_OFFICER},
        Permission.SEARCH_TEXTS: _DESK | {Role.DEPARTMENT_STAFF, Role.SUPERVISOR, Role.DATA_PROTECTION_OFFICER},
        Permission.READ_WORKLIST: _DESK | {Role.DEPARTMENT_STAFF, Role.SUPERVISOR},
        Permission.READ_DEPARTMENT_WORKLIST: _DEPARTMENT | {Role.SUPERVISOR},
        Permission.READ_NOBODY_LOST: _OVERSEES,
        Permission.READ_AUDIT: _OVERSEES,
        Permission.READ_FIGURES: {Role.SUPERVISOR, Role.AUDITOR, Role.ADMINISTRATOR},
        Permission.READ_EVENTS: {Role.DEPARTMENT_SYSTEM, Role.AUDITOR, Role.ADMINISTRATOR},
        Permission.OPERATE: {Role.ADMINISTRATOR},
        Permission.WRITE_ARTICLE: _DESK | {Role.DEPARTMENT_STAFF, Role.SUPERVISOR, Role.IMPORTER},
        Permission.REVIEW_ARTICLE: _DESK | {Role.DEPARTMENT_STAFF, Role.SUPERVISOR, Role.IMPORTER},
        Permission.PUBLISH_ARTICLE: {Role.SUPERVISOR, Role.IMPORTER},
        Permission.RATE_ARTICLE: _WORKS,
        Permission.CONSULT_ARTICLE: _WORKS,
        Permission.READ_ARTICLES: _WORKS | _OVERSEES | {Role.ADMINISTRATOR},
        Permission.WORK_AT_DESK: _DESK | {Role.SUPERVISOR},
        Permission.RECORD_CALLS: {Role.TELEPHONE_SYSTEM},
        Permission.TEND_DESK: {Role.CARETAKER},
        Permission.READ_DESK: _DESK | {Role.SUPERVISOR, Role.AUDITOR, Role.ADMINISTRATOR},
        Permission.MANAGE_DIRECTORY: {Role.ADMINISTRATOR, Role.SUPERVISOR, Role.IMPORTER},
        Permission.READ_DIRECTORY: _WORKS | _OVERSEES | {Role.ADMINISTRATOR},
        Permission.GIVE_FEEDBACK: {Role.FEEDBACK},
        Permission.READ_LESSONS: _DESK | {Role.SUPERVISOR, Role.AUDITOR, Role.ADMINISTRATOR},
        Permission.READ_QUESTIONS: _DESK | {Role.SUPERVISOR},
        Permission.READ_TASKS: _DESK | {Role.DEPARTMENT_STAFF, Role.SUPERVISOR, Role.AUDITOR, Role.ADMINISTRATOR},
        Permission.FINISH_TASK: _DESK | {Role.DEPARTMENT_STAFF, Role.SUPERVISOR},
        Permission.MANAGE_TASKS: {Role.SUPERVISOR},
    }.items()
}


@dataclass(frozen=True, slots=True)
class Principal:
    """Somebody who has proved who they are. ``department`` is set exactly for those who work for one."""

    subject: str
    roles: frozenset[Role]
    department: str | None = None

    def __post_init__(self) -> None:
        if bool(self.roles & _DEPARTMENT) != (self.department is not None):
            raise ValueError("department_staff and department_system belong to one department, all others to none")

    @property
    def actor(self) -> str:
        """How they are named in events."""
        if Role.IMPORTER in self.roles:
            return f"import:{self.subject}"
        kind = "system" if self.roles & _MACHINES else "agent"
        return f"{kind}:{self.subject}"

    @property
    def of_department(self) -> bool:
        return self.department is not None

    def may(self, permission: Permission) -> bool:
        return bool(self.roles & PERMISSIONS[permission])


def demand(principal: Principal, permission: Permission) -> None:
    """Raises Forbidden unless one of the roles has the permission."""
    if not principal.may(permission):
        raise Forbidden("role_not_allowed", f"Ihre Rolle erlaubt „{permission}“ nicht.")


def sees(principal: Principal, standing: Standing) -> bool:
    """Departments see what is theirs or offered to them; everybody else sees all."""
    if not principal.of_department:
        return True
    return principal.department in (standing.department, standing.offered_to)


def holds(principal: Principal, standing: Standing) -> bool:
    """Whether the inquiry is in this person's hands: their own, their desk's, or their department's."""
    hands = {principal.actor}
    if Role.FRONT_AGENT in principal.roles:
        hands.add("desk:front")
    if Role.BACKGROUND_AGENT in principal.roles:
        hands |= {"desk:front", "desk:background"}
    if principal.of_department:
        hands.add(f"department:{principal.department}")
    return standing.holder in hands


_ANYBODY_WHO_SEES_IT = {
    Permission.NOTE,
    Permission.CONTACT,
    Permission.ESCALATE,
    Permission.ACKNOWLEDGE,
    Permission.REOPEN,
    Permission.ERASE,
    Permission.EXPIRE,
    Permission.CLAIM,
    Permission.CONTRADICT,
    Permission.CONSULT_ARTICLE,
    Permission.REROUTE,
    Permission.GIVE_FEEDBACK,
}
"""Commands that need no custody: whoever sees the inquiry and has the permission may give them."""


def demand_in_scope(principal: Principal, standing: Standing, inquiry_id: object) -> None:
    """Raises InquiryNotFound for what this person may not see."""
    if not sees(principal, standing):
        raise InquiryNotFound(str(inquiry_id))


def demand_on(principal: Principal, permission: Permission, standing: Standing, inquiry_id: object) -> None:
    """Raises InquiryNotFound for what is out of scope, Forbidden for what is in another's hands."""
    demand_in_scope(principal, standing, inquiry_id)
    demand(principal, permission)
    if principal.roles & {Role.SUPERVISOR, Role.IMPORTER} or permission in _ANYBODY_WHO_SEES_IT:
        return
    if permission is Permission.DECIDE_OFFER and standing.offered_to == principal.department:
        return
    if permission is Permission.RECALL and standing.forwarded_by == principal.actor:
        return
    if standing.holder is not None and not holds(principal, standing):
        raise Forbidden("held_by_another", f"Das Anliegen liegt bei {standing.holder}; nur von dort geht es weiter.")


def demand_content(principal: Principal, standing: Standing, inquiry_id: object) -> None:
    """Raises unless the texts of this inquiry may be read: in scope, and with the permission."""
    demand_in_scope(principal, standing, inquiry_id)
    demand(principal, Permission.READ_CONTENT)
