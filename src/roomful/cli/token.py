"""`roomful token`: access tokens, made from an API key without asking any server."""

import time
from typing import Annotated, Literal

from cyclopts import App, Parameter
from rich.text import Text

from roomful.auth import Grant, VideoGrant, mint
from roomful.cli.arguments import attributes, seconds
from roomful.cli.connection import Connection
from roomful.cli.output import CommandError, err
from roomful.rooms.model import ParticipantKind, TrackSource

app = App(name="token", help="Make access tokens.")

Source = Literal["camera", "microphone", "screen_share", "screen_share_audio"]
Kind = Literal["standard", "agent", "ingress", "egress", "sip"]


@app.command
def create(
    *,
    identity: Annotated[str, Parameter(name=["--identity", "-i"])] = "",
    room: Annotated[str, Parameter(name=["--room", "-r"])] = "",
    join: Annotated[bool, Parameter(negative=())] = False,
    create: Annotated[bool, Parameter(negative=())] = False,
    list_rooms: Annotated[bool, Parameter(name=["--list"], negative=())] = False,
    admin: Annotated[bool, Parameter(negative=())] = False,
    name: str = "",
    metadata: str = "",
    attribute: Annotated[list[str] | None, Parameter(negative=())] = None,
    ttl: Annotated[str, Parameter(name=["--ttl", "--valid-for"])] = "6h",
    publish: bool = True,
    subscribe: bool = True,
    publish_data: bool | None = None,
    allow_source: Annotated[list[Source] | None, Parameter(negative=())] = None,
    update_metadata: Annotated[bool, Parameter(negative=())] = False,
    hidden: Annotated[bool, Parameter(negative=())] = False,
    recorder: Annotated[bool, Parameter(negative=())] = False,
    kind: Kind = "standard",
    agent: Annotated[list[str] | None, Parameter(negative=())] = None,
    job_metadata: str = "",
    connection: Connection | None = None,
) -> None:
    """Print an access token.

    The token alone goes to standard output, so that it can be put into a variable:
    TOKEN=$(roomful token create --dev --join --room my-room --identity alice)

    Args:
        identity: Who the token is for; needed to join.
        room: The room to join or to administer.
        join: May join the room.
        create: May create and delete rooms.
        list_rooms: May list rooms.
        admin: May manage the room and the participants in it.
        name: Display name.
        metadata: First metadata of the participant.
        attribute: First attribute of the participant, as key=value; may be repeated.
        ttl: How long the token is valid, as 90s, 15m, 6h or 7d.
        publish: May publish tracks.
        subscribe: May subscribe to tracks.
        publish_data: May send data; as --publish when not given.
        allow_source: May publish tracks of this source only; may be repeated.
        update_metadata: May change its own name, metadata and attributes.
        hidden: Is invisible to the others.
        recorder: Is a recorder: takes no place in the room.
        kind: What kind of participant this is.
        agent: Agent to send for if this join opens the room; may be repeated.
        job_metadata: What such agents are told.
        connection: Which server, and with which key.
    """
    if not (join or create or list_rooms or admin):
        raise CommandError("what is the token for?", "give one or more of --join, --create, --list, --admin", status=2)
    if join and not identity:
        raise CommandError("a token to join needs --identity", status=2)
    if (join or admin) and not room:
        raise CommandError(f"a token to {'join' if join else 'administer'} needs --room", status=2)
    video = VideoGrant(
        room_join=join,
        room=room,
        room_create=create,
        room_list=list_rooms,
        room_admin=admin,
        can_publish=publish,
        can_subscribe=subscribe,
        can_publish_data=publish if publish_data is None else publish_data,
        can_publish_sources=frozenset(TrackSource(source) for source in allow_source or ()),
        can_update_own_metadata=update_metadata,
        hidden=hidden,
        recorder=recorder,
    )
    grant = Grant(
        identity=identity,
        name=name,
        metadata=metadata,
        attributes=attributes(attribute),
        kind=ParticipantKind(kind),
        video=video,
        room_config={"agents": [{"agentName": one, "metadata": job_metadata} for one in agent]} if agent else None,
    )
    key, secret = (connection or Connection()).credentials()
    valid = seconds(ttl)
    print(mint(grant, key, secret, valid, time.time()))  # the product of this command
    if err.is_terminal:
        until = time.strftime("%Y-%m-%d %H:%M", time.localtime(time.time() + valid))
        err.print(Text(f"signed by {key}, valid until {until}", style="dim"))
