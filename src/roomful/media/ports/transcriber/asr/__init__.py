"""Speech to text, mostly by others: utterances out, text in, on a thread of its own.

recognition  the thread, and how the worker talks to it
lane         one track: its utterances one after the other, tried again, dropped when too many wait
speech       one utterance, which may still be spoken
http         OpenAI's `/v1/audio/transcriptions`
websocket    sound as it is spoken
local        a model in the worker itself
answer       what came back, or went wrong
"""
