"""Agents over HTTP: accounts, logins, states."""

from typing import Any

from roomful.plugins.customer_service.attendance import SWITCHES
from roomful.plugins.customer_service.messages import AgentPatch, Login, NewAgent
from roomful.plugins.customer_service.office import Office
from roomful.plugins.customer_service.staff import Staff
from roomful.rooms.extension import Code, Request, RoomApiError, Route

ALL = "/customer-service/agents"
ONE = "/customer-service/agents/{agent_id}"


def agent_routes(office: Office, staff: Staff) -> list[Route]:
    api = _Agents(office, staff)
    return [
        Route(method="GET", path=ALL, handler=api.list, summary="List agents and their states"),
        Route(method="POST", path=ALL, handler=api.create, summary="Make an account", body_type=NewAgent, admin=True),
        Route(
            method="PATCH", path=ONE, handler=api.change, summary="Change an account", body_type=AgentPatch, admin=True
        ),
        Route(method="DELETE", path=ONE, handler=api.delete, summary="Delete an account", admin=True),
        Route(method="POST", path=f"{ALL}/login", handler=api.login, summary="Log in as an agent", body_type=Login),
        *(
            Route(
                method="POST",
                path=f"{ONE}/{switch}",
                handler=api.switch(switch),
                summary=f"Set an agent's state: {switch.replace('_', ' ')}",
            )
            for switch in SWITCHES
        ),
    ]


class _Agents:
    def __init__(self, office: Office, staff: Staff) -> None:
        self._office = office
        self._staff = staff
        self._pool = office.centre.desk.pool

    async def list(self, request: Request) -> dict[str, Any]:
        self._staff.require(request)
        agents = [agent.view() for agent in self._pool.agents.values()]
        return {"agents": agents, "total": len(agents)}

    async def create(self, request: Request) -> dict[str, Any]:
        return (await self._staff.add(request.body)).view()

    async def change(self, request: Request) -> dict[str, Any]:
        agent = self._pool.get(request.path["agent_id"])
        await self._staff.change(agent, request.body)
        return agent.view()

    async def delete(self, request: Request) -> dict[str, Any]:
        agent = self._pool.get(request.path["agent_id"])
        await self._staff.remove(agent)
        return {"id": agent.id}

    async def login(self, request: Request) -> dict[str, Any]:
        token, agent = await self._staff.login(request.body, request.client_ip)
        return {"token": token, "agent": agent.view()}

    def switch(self, switch: str) -> Any:
        """A handler."""

        async def handle(request: Request) -> dict[str, Any]:
            caller = self._staff.require(request)
            agent = self._pool.get(request.path["agent_id"])
            if caller not in (None, agent):
                raise RoomApiError(Code.FORBIDDEN, "agents switch their own states")
            async with self._office.turn() as now:
                self._office.centre.attendance.switch(agent, switch, now)
            return agent.view()

        return handle
