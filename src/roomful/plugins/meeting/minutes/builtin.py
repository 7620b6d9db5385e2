"""Minutes without a language model: sentences that were said, chosen by the words in them.

The most salient sentences (log-weighted frequency of their words; Luhn 1958) are the overview; those with the cue of a
decision or an assignment are the decisions and tasks. Nothing is worded anew, so nothing is made up.
"""

import datetime
import math
from collections import Counter
from collections.abc import Sequence

import msgspec

from roomful.plugins.meeting.minutes import words
from roomful.plugins.meeting.minutes.minutes import Decision, Minutes, Task, Topic
from roomful.plugins.meeting.minutes.record import MeetingRecord

MODEL = "builtin"
OVERVIEW_SENTENCES = 5
TOPICS = 5
POINTS = 3
MAX_FOUND = 100
"""Decisions, and tasks."""
SHORTEST = 4
"""Words of a sentence that can stand for a meeting."""


class Sentence(msgspec.Struct, frozen=True):
    text: str
    segment_id: str
    user_id: str
    speaker: str
    words: frozenset[str]
    """In lower case, without those that say nothing."""


def minutes(record: MeetingRecord, now: float) -> Minutes:
    """`now` is unix seconds."""
    sentences = _sentences(record)
    frequency = Counter(word for sentence in sentences for word in sentence.words)
    return Minutes(
        meeting_id=record.meeting_id,
        status="ready",
        generated_at=round(now * 1000),
        model=MODEL,
        overview=" ".join(f"{one.speaker}: {one.text}" for one in _salient(sentences, frequency, OVERVIEW_SENTENCES)),
        topics=_topics(sentences, frequency),
        decisions=[
            Decision(text=one.text, segment_ids=[one.segment_id])
            for one in sentences
            if words.DECISION.search(one.text) and not one.text.endswith("?")
        ][:MAX_FOUND],
        tasks=_tasks(record, sentences),
    )


def due_date(text: str, today: datetime.date) -> str:
    """The day that a sentence names, as ISO date; a weekday is the next one. Empty: it names none."""
    iso = words.ISO_DATE.search(text)
    if iso is not None:
        try:
            return datetime.date(*(int(part) for part in iso.groups())).isoformat()
        except ValueError:
            return ""
    for word in words.WORD.findall(text.casefold()):
        if word in words.DAYS_AHEAD:
            return (today + datetime.timedelta(days=words.DAYS_AHEAD[word])).isoformat()
        if word in words.WEEKDAYS:
            ahead = (words.WEEKDAYS[word] - today.weekday()) % 7 or 7
            return (today + datetime.timedelta(days=ahead)).isoformat()
    return ""


def _sentences(record: MeetingRecord) -> list[Sentence]:
    return [
        Sentence(
            text=text,
            segment_id=segment.segment_id,
            user_id=segment.user_id,
            speaker=segment.speaker,
            words=frozenset(word.casefold() for word in words.WORD.findall(text)) - words.STOP_WORDS,
        )
        for segment in record.segments
        for part in words.SENTENCE.findall(segment.text)
        if (text := part.strip())
    ]


def _score(sentence: Sentence, frequency: Counter[str]) -> float:
    """Long sentences have more words, and should not win by that alone."""
    if len(sentence.words) < 2 or len(sentence.text.split()) < SHORTEST:
        return 0.0
    return sum(math.log1p(frequency[word]) for word in sentence.words) / math.sqrt(len(sentence.words))


def _salient(sentences: Sequence[Sentence], frequency: Counter[str], count: int) -> list[Sentence]:
    """The best, in the order in which they were said; one that repeats another is left out."""
    ranked = sorted(range(len(sentences)), key=lambda place: (-_score(sentences[place], frequency), place))
    chosen: list[int] = []
    for place in ranked:
        one = sentences[place].words
        if len(chosen) == count or not _score(sentences[place], frequency):
            break
        if all(len(one & sentences[other].words) < 0.7 * len(one) for other in chosen):
            chosen.append(place)
    return [sentences[place] for place in sorted(chosen)]


def _topics(sentences: Sequence[Sentence], frequency: Counter[str]) -> list[Topic]:
    """A word that came up again and again is a topic, with the best sentences it is in."""
    topics: list[Topic] = []
    used: set[Sentence] = set()
    frequent = sorted(frequency.items(), key=lambda one: (-one[1], one[0]))
    for word, count in frequent[: 10 * TOPICS]:
        if len(topics) == TOPICS or count < 2:
            break
        points = _salient([one for one in sentences if word in one.words and one not in used], frequency, POINTS)
        if points:
            used.update(points)
            topics.append(Topic(title=word, points=[one.text for one in points]))
    return topics


def _tasks(record: MeetingRecord, sentences: Sequence[Sentence]) -> list[Task]:
    tasks: list[Task] = []
    for sentence in sentences:
        assignee = _assignee(record, sentence)
        if assignee is None or len(tasks) == MAX_FOUND:
            continue
        tasks.append(
            Task(
                task_id=f"k-{len(tasks) + 1}",
                text=sentence.text,
                assignee_id=assignee[0],
                assignee=assignee[1],
                due=due_date(sentence.text, record.date),
                segment_ids=[sentence.segment_id],
            )
        )
    return tasks


def _assignee(record: MeetingRecord, sentence: Sentence) -> tuple[str, str] | None:
    """User id and name of who has to do something; empty if it is said that it is to be done, but not by whom."""
    if words.PROMISE.search(sentence.text):
        return sentence.user_id, sentence.speaker
    if words.REQUEST.search(sentence.text):
        said = set(words.WORD.findall(sentence.text))
        for user_id, name in record.people.items():
            first = name.split(" ")[0]
            if name and (first in said or name in sentence.text):
                return user_id, name
    return ("", "") if words.ACTION_ITEM.search(sentence.text) else None
