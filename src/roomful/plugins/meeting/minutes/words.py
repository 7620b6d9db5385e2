"""Words that say nothing about the subject, and words that give away a decision or a task. English, German, French,
Spanish; in other languages the built-in minutes have an overview and no more.
"""

import re

_COMMON = """
a about after all also am an and any are as at be because been before being but by can could did do does doing down
each few for from further get go going got had has have having he her here hers him his how i if in into is it its
just know let like ll me mean more most my no nor not now of off ok okay on once only or other our out over own
really right s say she should so some such t than that the their them then there these they thing think this those
through to too under until up us very ve want was we well were what when where which while who why will with would
yeah yes you your
aber als also am an auch auf aus bei bin bis da dann das dass dem den der des die doch du ein eine einem einen einer
er es für haben hat hier ich ihr im in ist ja kann mal man mein mich mir mit nach nicht noch nun nur oder schon sein
sich sie sind so über um und uns von vor war was weil wenn wer wie wir wird zu zum zur
au aux avec ce ces c dans de des donc du elle en est et eux il ils j je la le les leur lui ma mais me même mes moi
mon ne nos notre nous on ou où par pas plus pour qu que qui sa se ses si son sur ta te tes toi ton tu un une vos
votre vous y
al con como de del el ella ellos en era es esta este eso la las lo los más me mi muy no nos o para pero por porque
que se ser si sin sobre su sus también te tiene tu un una unos y ya yo
"""

STOP_WORDS = frozenset(_COMMON.split())


def _any(*phrases: str) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{'|'.join(phrases)})(?!\w)", re.IGNORECASE)


DECISION = _any(
    r"we(?:'ve| have)? (?:decided?|agreed?|settled on|voted|approved?)",
    r"(?:it(?:'s| is|'s been| has been)|is|was) (?:decided|agreed|approved|settled)",
    r"(?:the |our )?decision (?:is|was)",
    r"let(?:'s| us) (?:go|ship|use|take|do|stick|keep|move|postpone|start|drop|launch|release)",
    r"we(?:'ll| will) go (?:with|ahead)",
    r"agreed(?=[,.:!])",
    r"motion carried",
    r"wir (?:haben (?:beschlossen|entschieden|vereinbart)|beschließen|entscheiden uns)",
    r"beschlossen",
    r"einigen wir uns",
    r"(?:nous avons|on a) (?:décidé|convenu)",
    r"c'est décidé",
    r"(?:hemos|se ha) (?:decidido|acordado)",
    r"(?:decidimos|acordamos)",
)

PROMISE = _any(
    r"i(?:'ll| will|'m going to| am going to| can take| have to| need to| must)",
    r"ich (?:werde|kümmere|übernehme|mache|schicke|muss)",
    r"je (?:vais|m'occupe|dois)",
    r"(?:yo )?(?:voy a|me encargo|debo)",
)
"""Who speaks takes it upon itself."""

REQUEST = _any(
    r"please|action item|to-?do|will|must|has to|needs to|is going to",
    r"(?:can|could|would) you",
    r"you (?:will|need to|should|have to)",
    r"bitte|muss|soll(?:te)?|(?:kannst|könntest) du",
    r"s'il (?:te|vous) plaît|peux-tu|pouvez-vous|doit",
    r"por favor|puedes|podrías|tiene que|debe",
)
"""Somebody is to do something: a task if it is somebody who was there."""

ACTION_ITEM = _any(r"action item|to-?do|aufgabe|à faire|tarea")

WEEKDAYS = {
    name: day
    for day, names in enumerate(
        (
            ("monday", "montag", "lundi", "lunes"),
            ("tuesday", "dienstag", "mardi", "martes"),
            ("wednesday", "mittwoch", "mercredi", "miércoles"),
            ("thursday", "donnerstag", "jeudi", "jueves"),
            ("friday", "freitag", "vendredi", "viernes"),
            ("saturday", "samstag", "samedi", "sábado"),
            ("sunday", "sonntag", "dimanche", "domingo"),
        )
    )
    for name in names
}
"""Name → number, Monday is 0."""

DAYS_AHEAD = {
    "today": 0,
    "tonight": 0,
    "tomorrow": 1,
    "heute": 0,
    "morgen": 1,
    "übermorgen": 2,
    "aujourd'hui": 0,
    "demain": 1,
    "hoy": 0,
    "mañana": 1,
}

ISO_DATE = re.compile(r"\b(\d{4})-(\d{2})-(\d{2})\b")
WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?")
SENTENCE = re.compile(r"[^.!?\u3002\uff01\uff1f]+[.!?\u3002\uff01\uff1f]*")
