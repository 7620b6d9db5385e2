"""`roomful dispatch`: agents that rooms of a running server send for."""

from typing import Annotated

from cyclopts import App, Parameter
from livekit.protocol import agent_dispatch as messages
from livekit.protocol.agent import Job, JobStatus

from roomful.cli.arguments import attributes
from roomful.cli.connection import Connection
from roomful.cli.output import done, print_json, print_table
from roomful.cli.room import Json, as_dict, shortened, since

app = App(name="dispatch", help="Send for agents, see who came, and send them away.")

Room = Annotated[str, Parameter(name=["--room", "-r"])]
SERVICE = "AgentDispatchService"


@app.command
def create(
    agent: str = "",
    /,
    *,
    room: Room,
    metadata: str = "",
    attribute: Annotated[list[str] | None, Parameter(negative=())] = None,
    deployment: str = "",
    restart: bool = True,
    json: Json = False,
    connection: Connection | None = None,
) -> None:
    """Send for an agent. A room that is not there is opened.

    Args:
        agent: Name that its workers registered with.
        room: Name of the room.
        metadata: What the agent is told.
        attribute: More of that, as key=value; may be repeated.
        deployment: Which deployment of the agent, where there are several.
        restart: Give the job to a worker again if the agent fails.
        json: Print JSON.
        connection: Which server, and with which key.
    """
    policy = messages.JobRestartPolicy.JRP_ON_FAILURE if restart else messages.JobRestartPolicy.JRP_NEVER
    request = messages.CreateAgentDispatchRequest(
        agent_name=agent,
        room=room,
        metadata=metadata,
        attributes=attributes(attribute),
        deployment=deployment,
        restart_policy=policy,
    )
    dispatch = (connection or Connection()).call(
        "CreateDispatch", request, messages.AgentDispatch, room=room, service=SERVICE
    )
    if json:
        print_json(as_dict(dispatch))
    else:
        done(f"{room} has sent for {agent or 'an agent'} ({dispatch.id})")


@app.command(name="list")
def list_dispatches(*, room: Room, json: Json = False, connection: Connection | None = None) -> None:
    """List whom a room has sent for, and what became of it.

    Args:
        room: Name of the room.
        json: Print JSON.
        connection: Which server, and with which key.
    """
    answer = (connection or Connection()).call(
        "ListDispatch",
        messages.ListAgentDispatchRequest(room=room),
        messages.ListAgentDispatchResponse,
        room=room,
        service=SERVICE,
    )
    if json:
        print_json([as_dict(dispatch) for dispatch in answer.agent_dispatches])
        return
    print_table(
        ["dispatch", "agent", "since", "jobs", "metadata"],
        [
            [
                dispatch.id,
                dispatch.agent_name or "any",
                since(dispatch.state.created_at // 1_000_000_000),
                ", ".join(map(_job, dispatch.state.jobs)) or "no worker yet",
                shortened(dispatch.metadata),
            ]
            for dispatch in answer.agent_dispatches
        ],
        f"{room} has sent for nobody.",
    )


@app.command
def delete(dispatch: str, /, *, room: Room, connection: Connection | None = None) -> None:
    """Send agents away and send for them no more.

    Args:
        dispatch: Id of the dispatch.
        room: Name of the room.
        connection: Which server, and with which key.
    """
    request = messages.DeleteAgentDispatchRequest(dispatch_id=dispatch, room=room)
    (connection or Connection()).call("DeleteDispatch", request, messages.AgentDispatch, room=room, service=SERVICE)
    done(f"{dispatch} is gone")


def _job(job: Job) -> str:
    status = JobStatus.Name(job.state.status).removeprefix("JS_").lower()
    return f"{job.state.participant_identity or job.id} {status}"
