"""Who a request comes from: administrators, agents, customers."""

import asyncio
import secrets

import msgspec

from roomful.plugins.customer_service import passwords
from roomful.plugins.customer_service.agent import Account, Agent
from roomful.plugins.customer_service.ids import checked_id, new_id
from roomful.plugins.customer_service.messages import AgentPatch, Login, NewAgent
from roomful.plugins.customer_service.office import Office
from roomful.plugins.customer_service.rates import RateLimit
from roomful.plugins.customer_service.tokens import Claims, Kind
from roomful.rooms.extension import Code, Request, RoomApiError

LOGIN_TRIES, LOGIN_WINDOW = 5, 60.0
"""Wrong passwords of one account, and (four times as many) of one address."""
MAX_AGENTS = 10_000


class Staff:
    """The accounts, and their logins."""

    def __init__(self, office: Office) -> None:
        self._office = office
        self._pool = office.centre.desk.pool
        self._by_account = RateLimit(LOGIN_TRIES, LOGIN_WINDOW)
        self._by_address = RateLimit(4 * LOGIN_TRIES, LOGIN_WINDOW)
        self._hashing = asyncio.Semaphore(2)
        """A flood of logins must not take all threads, nor all memory."""

    # Who it is

    def agent(self, request: Request) -> Agent:
        """Raises RoomApiError (UNAUTHORIZED, TOKEN_EXPIRED)."""
        claims = self._office.tokens.read(request.bearer, self._office.now())
        agent = None if claims is None else self._pool.agents.get(claims.user_id)
        if claims is None or claims.kind is not Kind.AGENT or agent is None:
            raise RoomApiError(Code.UNAUTHORIZED, "log in as an agent")
        if not agent.account.enabled or claims.generation != agent.account.generation:
            raise RoomApiError(Code.UNAUTHORIZED, "log in again")
        return agent

    def require(self, request: Request) -> Agent | None:
        """An agent, or an administrator: None. Raises RoomApiError (UNAUTHORIZED, TOKEN_EXPIRED)."""
        return None if request.is_admin else self.agent(request)

    def customer_of(self, request: Request, session_id: str) -> str:
        """The id of the customer of that session. Raises RoomApiError (UNAUTHORIZED, TOKEN_EXPIRED)."""
        claims = self._office.tokens.read(request.bearer, self._office.now())
        if claims is None or claims.kind is not Kind.CUSTOMER or claims.session_id != session_id:
            raise RoomApiError(Code.UNAUTHORIZED, "this takes the token of the customer's link")
        return claims.user_id

    # Accounts

    async def login(self, login: Login, address: str) -> tuple[str, Agent]:
        """Returns a token. Raises RoomApiError (UNAUTHORIZED, RATE_LIMITED)."""
        now = self._office.now()
        self._by_address.take(address, now)
        self._by_account.take(login.username, now)
        agent = self._pool.by_username(login.username)
        stored = "" if agent is None else agent.account.password
        async with self._hashing:
            right = await asyncio.to_thread(passwords.fits, login.password, stored)
        if agent is None or not right or not agent.account.enabled:
            raise RoomApiError(Code.UNAUTHORIZED, "user name or password is wrong")
        self._by_account.forgive(login.username)
        exp = self._office.now() + self._office.settings.agent_token_ttl
        claims = Claims(kind=Kind.AGENT, user_id=agent.id, exp=exp, generation=agent.account.generation)
        return self._office.tokens.make(claims), agent

    async def add(self, new: NewAgent) -> Agent:
        """Raises RoomApiError (BAD_FIELD, CONFLICT, LIMIT_REACHED)."""
        agent_id = checked_id(new.id) if new.id else new_id("agent")
        password = await self._hashed(new.password)
        if agent_id in self._pool.agents:
            raise RoomApiError(Code.CONFLICT, f"there is an agent {agent_id!r} already")
        self._require_unused(new.username)
        if len(self._pool.agents) >= MAX_AGENTS:
            raise RoomApiError(Code.LIMIT_REACHED, f"there are {MAX_AGENTS} agents at most")
        account = Account(
            id=agent_id,
            name=new.name,
            username=new.username,
            password=password,
            avatar=new.avatar,
            enabled=new.enabled,
            generation=secrets.randbelow(2**31),
            created_at=self._office.now(),
        )
        agent = self._pool.add(account)
        await self._office.archive.keep_agent(account)
        return agent

    async def change(self, agent: Agent, patch: AgentPatch) -> None:
        """Raises RoomApiError (CONFLICT)."""
        password = None if patch.password is None else await self._hashed(patch.password)
        if patch.username is not None and patch.username != agent.account.username:
            self._require_unused(patch.username)
        changes = {name: value for name, value in msgspec.structs.asdict(patch).items() if value is not None}
        account = msgspec.structs.replace(agent.account, **changes)
        if password is not None:
            account.password = password
            account.generation += 1
        async with self._office.turn() as now:
            self._office.centre.attendance.changed(agent, account, now)
        if password is not None or not account.enabled:
            self._office.workplaces.send_away(agent.id, "log in again")
        await self._office.archive.keep_agent(account)

    async def remove(self, agent: Agent) -> None:
        """Raises RoomApiError (BAD_STATE) in a call."""
        async with self._office.turn():
            self._office.centre.attendance.remove(agent)
        self._office.workplaces.send_away(agent.id, "the account is gone")
        await self._office.archive.drop_agent(agent.id)

    def _require_unused(self, username: str) -> None:
        if self._pool.by_username(username) is not None:
            raise RoomApiError(Code.CONFLICT, f"the user name {username!r} is taken")

    async def _hashed(self, password: str) -> str:
        async with self._hashing:
            return await asyncio.to_thread(passwords.hashed, password)
