"""The commands of class `core`: users, connections and events. specs/nkmedia.md §3.2."""

import logging

from roomful.protocols.nkmedia.caller import Caller, ConnectedCaller
from roomful.protocols.nkmedia.codes import Code, NkError
from roomful.protocols.nkmedia.commands import (
    GetSubscriptions,
    SendEvent,
    SessionCmd,
    SessionLog,
    SessionSendEvent,
    SessionStop,
    Subscribe,
    Unsubscribe,
    UserGet,
    UserList,
    UserSendEvent,
)
from roomful.protocols.nkmedia.connections import Connections
from roomful.protocols.nkmedia.executor import Executor
from roomful.protocols.nkmedia.hub import Event, Filter, Hub
from roomful.protocols.nkmedia.pending import Data, Pending, Result

_LEVELS = (logging.DEBUG, logging.INFO, logging.INFO, logging.WARNING, logging.ERROR, logging.ERROR, logging.CRITICAL)

logger = logging.getLogger(__name__)


class CoreCommands:
    """See the module."""

    def __init__(self, connections: Connections, hub: Hub, executor: Executor) -> None:
        self._connections = connections
        self._hub = hub
        executor.add(
            {
                UserList: self._list_users,
                UserGet: self._get_user,
                UserSendEvent: self._tell_user,
                SessionStop: self._stop,
                SessionSendEvent: self._tell_session,
                SessionCmd: self._pass_on,
                SessionLog: self._log,
                Subscribe: self._subscribe,
                Unsubscribe: self._unsubscribe,
                GetSubscriptions: self._subscriptions,
                SendEvent: self._send,
            }
        )

    # Users and connections

    def _list_users(self, caller: Caller, command: UserList, now: float) -> Data:
        del caller, command, now
        return {**self._connections.by_user()}

    def _get_user(self, caller: Caller, command: UserGet, now: float) -> Data:
        del caller, now
        return {one.session_id: {"remote": one.remote, "type": "api_server"} for one in self._of_user(command.user)}

    def _tell_user(self, caller: Caller, command: UserSendEvent, now: float) -> Data:
        del caller, now
        self._of_user(command.user)
        self._publish("user_event", command.type, command.user, command.body)
        return None

    def _stop(self, caller: Caller, command: SessionStop, now: float) -> Data:
        del caller, now
        connection = self._connection(command.session_id)
        connection.stop()
        return {"user": connection.user}

    def _tell_session(self, caller: Caller, command: SessionSendEvent, now: float) -> Data:
        del caller, now
        self._connection(command.session_id)
        self._publish("session_event", command.type, command.session_id, command.body)
        return None

    def _pass_on(self, caller: Caller, command: SessionCmd, now: float) -> Result:
        del caller, now
        connection = self._connection(command.session_id)
        answer = Pending(slow=True)
        connection.ask(command.class_name, command.subclass, command.cmd, command.data).then(answer.settle)
        return answer

    def _log(self, caller: Caller, command: SessionLog, now: float) -> Data:
        del now
        extra = {"source": command.source, "user": caller.user, "session_id": caller.session_id}
        logger.log(_LEVELS[command.level - 1], "a client says: %s", command.message, extra=extra)
        return None

    def _of_user(self, user: str) -> list[ConnectedCaller]:
        found = [one for one in self._connections if one.user == user]
        if not found:
            raise NkError(Code.USER_NOT_FOUND)
        return found

    def _connection(self, session_id: str) -> ConnectedCaller:
        connection = self._connections.get(session_id)
        if connection is None:
            raise NkError(Code.SESSION_NOT_FOUND)
        return connection

    # Events

    def _subscribe(self, caller: Caller, command: Subscribe, now: float) -> Data:
        del now
        self._hub.subscribe(_connected(caller), _filter_of(command), command.body)
        return None

    def _unsubscribe(self, caller: Caller, command: Unsubscribe, now: float) -> Data:
        del now
        self._hub.unsubscribe(_connected(caller), _filter_of(command))
        return None

    def _subscriptions(self, caller: Caller, command: GetSubscriptions, now: float) -> Data:
        del command, now
        return [
            {
                "class": wanted.class_name,
                "subclass": wanted.subclass,
                "type": wanted.type,
                "obj_id": wanted.obj_id,
                **({"body": body} if body not in (None, {}) else {}),
            }
            for wanted, body in self._hub.subscriptions(caller)
        ]

    def _send(self, caller: Caller, command: SendEvent, now: float) -> Data:
        del caller, now
        self._hub.publish(
            Event(
                class_name=command.class_name,
                subclass=command.subclass,
                type=command.type,
                obj_id=command.obj_id,
                body=command.body,
            )
        )
        return None

    def _publish(self, subclass: str, kind: str, obj_id: str, body: object) -> None:
        self._hub.publish(Event(class_name="core", subclass=subclass, type=kind, obj_id=obj_id, body=body))


def _connected(caller: Caller) -> Caller:
    if not caller.connected:
        raise NkError(Code.INVALID_OPERATION)
    return caller


def _filter_of(command: Unsubscribe) -> Filter:
    return Filter(class_name=command.class_name, subclass=command.subclass, type=command.type, obj_id=command.obj_id)
