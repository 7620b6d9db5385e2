"""Connections that the server opens to addresses others gave it: webhooks, verification, ingress, transcription.

`AddressRules` says which addresses may be connected to, `resolve` finds those of a name and refuses all of it if one
of them may not, `OutgoingHttp` is an HTTP client that only ever connects to what was checked, and `GuardedProxy` makes
the same of programs that have HTTP clients of their own. DESIGN §9.
"""

from roomful.outgoing.addresses import AddressRules, ForbiddenAddress, resolve
from roomful.outgoing.http import Answer, OutgoingHttp
from roomful.outgoing.proxy import GuardedProxy

__all__ = ["AddressRules", "Answer", "ForbiddenAddress", "GuardedProxy", "OutgoingHttp", "resolve"]
