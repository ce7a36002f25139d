"""What lessons look like: what is asked with, and what is answered."""

from __future__ import annotations

import marshmallow as ma

from api.csv_answer import FORMATS
from api.fields import Choice, Identifier, Moment, Whole
from api.queries.looking import Fresh, List, LookQuery, PageQuery
from api.representation_task import TaskItem
from projections.lesson_articles import ARTICLE_LESSONS

CODES = ["not_done", "too_early", "better", "same", "worse", "not_shown"]
CHANGES = ["assign", "already_assigned", "describe_service", "name_service", "nobody_known", "no_pattern"]


class PeriodMixin(ma.Schema):
    """[``from``, ``to``) of business time; without them the last 90 days."""

    start = Moment(data_key="from")
    end = Moment(data_key="to")


class OverviewQuery(LookQuery, PeriodMixin):
    pass


class HoursQuery(LookQuery, PeriodMixin):
    format = Choice(FORMATS, load_default="json")


class QuestionsQuery(PageQuery, PeriodMixin):
    """``least``: groups of so many questions at least. ``texts=true``: with the questions themselves."""

    service = Identifier()
    least = Whole(1, 1000, load_default=2)
    texts = Choice(["true", "false"], load_default="false")
    format = Choice(FORMATS, load_default="json")


class ArticlesQuery(PageQuery, PeriodMixin):
    """``lesson``: only editions that taught it; without it all that were read, used or judged."""

    lesson = Choice(list(ARTICLE_LESSONS))
    format = Choice(FORMATS, load_default="json")


class DoorsQuery(PageQuery, PeriodMixin):
    service = Identifier()
    department = Identifier()
    format = Choice(FORMATS, load_default="json")


class LessonCount(ma.Schema):
    """``lessons``: how many different ones; null where only reading the questions would tell."""

    lesson = ma.fields.String(required=True)
    label = ma.fields.String(required=True, metadata={"description": "German"})
    occurrences = ma.fields.Integer(required=True)
    lessons = ma.fields.Integer(required=True, allow_none=True)
    href = ma.fields.String(required=True)


class FeedbackCount(ma.Schema):
    """Of answers in the period, with or without an article."""

    helped = ma.fields.Integer(required=True)
    did_not_help = ma.fields.Integer(required=True)


class TaskCount(ma.Schema):
    open = ma.fields.Integer(required=True)
    overdue = ma.fields.Integer(required=True)
    done = ma.fields.Integer(required=True)


class Overview(Fresh):
    """How often each kind of lesson was taught, and what is being done. ``overdue``: the tasks that are late."""

    start = Moment(required=True)
    end = Moment(required=True)
    items = ma.fields.List(ma.fields.Nested(LessonCount), required=True)
    feedback = ma.fields.Nested(FeedbackCount, required=True)
    peaks = ma.fields.Integer(required=True, metadata={"description": "Opened in the period"})
    tasks = ma.fields.Nested(TaskCount, required=True)
    overdue = ma.fields.List(ma.fields.Nested(TaskItem), required=True)


class RateItem(ma.Schema):
    since = Moment(required=True)
    until = Moment(required=True)
    occurrences = ma.fields.Integer(required=True)
    per_week = ma.fields.Float(required=True)


class EffectItem(ma.Schema):
    """Did it get better? ``answers`` came from the article that was made, since the task was done."""

    code = ma.fields.String(required=True, metadata={"enum": CODES})
    said = ma.fields.String(required=True, metadata={"description": "German, one sentence"})
    before = ma.fields.Nested(RateItem, required=True)
    after = ma.fields.Nested(RateItem, required=True, allow_none=True)
    answers = ma.fields.Integer(required=True, allow_none=True)
    at_first_contact = ma.fields.Integer(required=True, allow_none=True)


class TaskEffect(Fresh):
    task = ma.fields.Nested(TaskItem, required=True)
    effect = ma.fields.Nested(EffectItem, required=True)


class Learned(ma.Schema):
    """A lesson: its ``key`` names it, ``task`` is the latest that was opened because of it, and ``effect`` its own."""

    key = ma.fields.String(required=True)
    task = ma.fields.Nested(TaskItem, required=True, allow_none=True)
    effect = ma.fields.Nested(EffectItem, required=True, allow_none=True)


class NearestArticle(ma.Schema):
    """What the Infodatenbank finds by the words that the questions share."""

    article_id = ma.fields.UUID(required=True)
    edition = ma.fields.Integer(required=True)
    question = ma.fields.String(required=True)
    score = ma.fields.Float(required=True)


class QuestionItem(Learned):
    """Questions that are alike and were answered without an article. ``words`` are those that two share at least;
    ``texts`` only when asked for; ``inquiries`` are the latest, at most 200."""

    times = ma.fields.Integer(required=True)
    words = ma.fields.List(ma.fields.String(), required=True)
    services = ma.fields.Dict(keys=ma.fields.String(), values=ma.fields.Integer(), required=True)
    at_first_contact = ma.fields.Integer(required=True)
    came_back = ma.fields.Integer(required=True)
    first_at = Moment(required=True)
    last_at = Moment(required=True)
    inquiries = ma.fields.List(ma.fields.UUID(), required=True)
    nearest_article = ma.fields.Nested(NearestArticle, required=True, allow_none=True)
    texts = ma.fields.List(ma.fields.String(), required=True, allow_none=True)


class QuestionGroups(List):
    """``compared``: how many questions there were; of more than 2000 only the latest are."""

    items = ma.fields.List(ma.fields.Nested(QuestionItem), required=True)
    compared = ma.fields.Integer(required=True)
    without_article = ma.fields.Integer(required=True)


class EditionLessons(ma.Schema):
    """An edition and what became of it. ``lessons`` are those that it taught, with the task that each has led to."""

    key = ma.fields.String(required=True)
    article_id = ma.fields.UUID(required=True)
    edition = ma.fields.Integer(required=True)
    question = ma.fields.String(required=True, allow_none=True)
    retired = ma.fields.Boolean(required=True)
    consulted = ma.fields.Integer(required=True)
    unused = ma.fields.Integer(required=True)
    answers = ma.fields.Integer(required=True)
    at_first_contact = ma.fields.Integer(required=True)
    came_back = ma.fields.Integer(required=True)
    misled = ma.fields.Integer(required=True)
    citizens_helped = ma.fields.Integer(required=True)
    citizens_did_not_help = ma.fields.Integer(required=True)
    agents_helped = ma.fields.Integer(required=True)
    agents_did_not_help = ma.fields.Integer(required=True)
    agents_out_of_date = ma.fields.Integer(required=True)
    lessons = ma.fields.List(ma.fields.Nested(lambda: EditionLesson()), required=True)


class EditionLesson(Learned):
    lesson = ma.fields.String(required=True, metadata={"enum": list(ARTICLE_LESSONS)})
    occurrences = ma.fields.Integer(required=True)


class ArticleLessons(List):
    items = ma.fields.List(ma.fields.Nested(EditionLessons), required=True)


class CommandLink(ma.Schema):
    """Sent as it is, it takes the change over."""

    method = ma.fields.String(required=True)
    href = ma.fields.String(required=True)
    body = ma.fields.Dict(required=True)


class ChangeItem(ma.Schema):
    """The change in the directory that is suggested. ``command`` only for those who may give it; nothing is done by
    itself."""

    code = ma.fields.String(required=True, metadata={"enum": CHANGES})
    said = ma.fields.String(required=True, metadata={"description": "German, one sentence"})
    department = ma.fields.String(required=True, allow_none=True)
    instead_of = ma.fields.String(required=True, allow_none=True, metadata={"description": "Responsible by now"})
    command = ma.fields.Nested(CommandLink, required=True, allow_none=True)


class WrongDoorItem(Learned):
    """From whom (``desk`` or ``department:<id>``) to a department that it was not. ``lost_minutes`` of service time."""

    sender = ma.fields.String(required=True)
    department = ma.fields.String(required=True)
    service = ma.fields.String(required=True, allow_none=True)
    times = ma.fields.Integer(required=True)
    rejected = ma.fields.Integer(required=True)
    expired = ma.fields.Integer(required=True)
    lost_minutes = ma.fields.Integer(required=True)
    accepted_by = ma.fields.Dict(keys=ma.fields.String(), values=ma.fields.Integer(), required=True)
    nowhere = ma.fields.Integer(required=True)
    first_at = Moment(required=True)
    last_at = Moment(required=True)
    inquiries = ma.fields.List(ma.fields.UUID(), required=True)
    change = ma.fields.Nested(ChangeItem, required=True)


class WrongDoors(List):
    items = ma.fields.List(ma.fields.Nested(WrongDoorItem), required=True)


class BusyHourItem(ma.Schema):
    """An hour of a weekday (1 is Monday) in the city's time zone, all of the period together."""

    weekday = ma.fields.Integer(required=True)
    label = ma.fields.String(required=True, metadata={"description": "German", "example": "Montag 10–11 Uhr"})
    hour = ma.fields.Integer(required=True)
    calls = ma.fields.Integer(required=True)
    answered_in_time = ma.fields.Integer(required=True)
    abandoned = ma.fields.Integer(required=True)
    mean_wait_seconds = ma.fields.Float(required=True, allow_none=True)
    longest_wait_seconds = ma.fields.Integer(required=True)
    peaks_opened = ma.fields.Integer(required=True)
    peak_minutes = ma.fields.Float(required=True)


class BusyHours(Fresh):
    time_zone = ma.fields.String(required=True)
    items = ma.fields.List(ma.fields.Nested(BusyHourItem), required=True)
