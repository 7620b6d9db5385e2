"""The anchor: as little as a broadcast over picows can be. `python -m benchmarks.broadcast.picows_server PORT`."""

import sys

import uvloop
from picows import WSFrame, WSListener, WSMsgType, WSTransport, WSUpgradeRequest, ws_create_server

from benchmarks.broadcast import HEARTBEAT, HEARTBEAT_ANSWER

listeners: set[WSTransport] = set()


class Client(WSListener):
    """Everybody gets what anybody says."""

    def on_ws_connected(self, transport: WSTransport) -> None:
        listeners.add(transport)

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        listeners.discard(transport)

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        if frame.msg_type != WSMsgType.TEXT:
            return
        message = frame.get_payload_as_bytes()
        if message.startswith(HEARTBEAT):
            transport.send(WSMsgType.TEXT, HEARTBEAT_ANSWER)
            return
        for listener in listeners:
            listener.send(WSMsgType.TEXT, message)


async def serve(port: int) -> None:
    def client(request: WSUpgradeRequest) -> Client:
        return Client()

    server = await ws_create_server(client, "127.0.0.1", port, backlog=1024)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(serve(int(sys.argv[1])))
