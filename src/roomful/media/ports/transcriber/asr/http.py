"""A recognizer that is asked like OpenAI's: POST `…/audio/transcriptions`, a WAV file in, `{"text": …}` out.

Source: https://platform.openai.com/docs/api-reference/audio/createTranscription; many servers speak it.
"""

import asyncio
from http import HTTPStatus

import httpx
import msgspec

from roomful.media.ports.transcriber.asr.answer import MAX_ANSWER_BYTES, Answer, OnPartial, Trouble, answer_of
from roomful.media.ports.transcriber.asr.speech import Speech
from roomful.media.ports.transcriber.plan import TranscriptionPlan
from roomful.outgoing import Answer as Response
from roomful.outgoing import ForbiddenAddress, OutgoingHttp

PATH = "/audio/transcriptions"

LONGEST_ASKED_PAUSE = 60.0
"""Seconds that a recognizer may ask to be left alone; utterances are old news after that."""

_WORTH_ANOTHER = {
    HTTPStatus.REQUEST_TIMEOUT,
    HTTPStatus.CONFLICT,
    HTTPStatus.TOO_EARLY,
    HTTPStatus.TOO_MANY_REQUESTS,
}


class _Result(msgspec.Struct):
    text: str
    language: str | None = None


_results = msgspec.json.Decoder(_Result)


class HttpRecognizer:
    """Asks about whole utterances; with `interim_seconds` also about what there is of one so far."""

    def __init__(self, plan: TranscriptionPlan, http: OutgoingHttp, places: asyncio.Semaphore) -> None:
        """`http` and `places`, which bound requests at the same time, are shared by all tracks."""
        self._plan = plan
        self._http = http
        self._places = places
        self._url = address(plan.url)

    async def recognize(self, speech: Speech, on_partial: OnPartial) -> Answer:
        while not await self._over_soon(speech):
            # What fails now is tried again with the whole utterance.
            try:
                answer = await self._ask(speech)
            except Trouble:
                await speech.finished()
                break
            if answer.text and not speech.over:
                on_partial(answer.text)
        return await self._ask(speech)

    async def close(self) -> None:
        """Nothing is open."""

    async def _over_soon(self, speech: Speech) -> bool:
        """Wait for the end, or until it is time to ask in between."""
        try:
            async with asyncio.timeout(self._plan.interim_seconds or None):
                await speech.finished()
        except TimeoutError:
            return False
        return True

    async def _ask(self, speech: Speech) -> Answer:
        plan = self._plan
        fields = {"model": plan.model, "language": plan.language, "prompt": plan.prompt, "response_format": "json"}
        form = httpx.Request(
            "POST",
            self._url,
            data={name: value for name, value in fields.items() if value},
            files={"file": ("speech.wav", speech.wav(), "audio/wav")},
        )
        headers = {"content-type": form.headers["content-type"], "accept": "application/json"}
        if plan.api_key:
            headers["authorization"] = f"Bearer {plan.api_key}"
        async with self._places:
            try:
                response = await self._http.request(
                    "POST",
                    self._url,
                    content=form.read(),
                    headers=headers,
                    within=plan.timeout_seconds,
                    max_bytes=MAX_ANSWER_BYTES,
                )
            except ForbiddenAddress as error:
                raise Trouble(str(error), again=False) from error
            except (TimeoutError, httpx.TimeoutException) as error:
                raise Trouble(f"no answer within {plan.timeout_seconds:g} s") from error
            except (httpx.HTTPError, httpx.InvalidURL) as error:
                raise Trouble(str(error) or type(error).__name__) from error
        return _read(response)


def address(url: str) -> str:
    """The whole address. What is configured may be only its beginning, as OpenAI's clients have it."""
    url = url.rstrip("/")
    return url if url.endswith(PATH) else url + PATH


def _read(response: Response) -> Answer:
    if not response.ok:
        # Its words help whoever looks for the mistake, but they are somebody else's.
        said = response.body[:200].decode(errors="replace")
        again = response.status >= HTTPStatus.INTERNAL_SERVER_ERROR or response.status in _WORTH_ANOTHER
        message = f"status {response.status}: {' '.join(said.split())}" if said else f"status {response.status}"
        raise Trouble(message, again=again, pause=_pause(response.headers.get("retry-after", "")))
    if len(response.body) >= MAX_ANSWER_BYTES:
        raise Trouble(f"an answer of more than {MAX_ANSWER_BYTES} bytes", again=False)
    try:
        result = _results.decode(response.body)
    except msgspec.DecodeError as error:
        # Something in between may have answered in its place.
        raise Trouble(f"the answer cannot be read: {error}") from error
    return answer_of(result.text, result.language or "")


def _pause(retry_after: str) -> float:
    """Seconds out of a Retry-After header (RFC 9110 §10.2.3); dates are not read."""
    short = retry_after.isascii() and retry_after.isdecimal() and len(retry_after) < 10
    return min(float(retry_after), LONGEST_ASKED_PAUSE) if short else 0.0
