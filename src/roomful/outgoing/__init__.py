"""Connections that the server opens to addresses others gave it: webhooks, verification, ingress, transcription.

`AddressRules` says which addresses may be connected to, `resolve` finds those of a name and refuses all of it if one
of them may not, and `OutgoingHttp` is an HTTP client that only ever connects to what was checked. DESIGN §9.
"""

from roomful.outgoing.addresses import AddressRules, ForbiddenAddress, resolve
from roomful.outgoing.http import Answer, OutgoingHttp

__all__ = ["AddressRules", "Answer", "ForbiddenAddress", "OutgoingHttp", "resolve"]
