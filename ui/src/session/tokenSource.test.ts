import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";

import { afterEach, describe, expect, it } from "vitest";

import { requestToken } from "./tokenSource";

let server: Server | undefined;
let received = "";

/** A server that answers every request alike, and keeps the body of the last one. */
async function serverAnswering(status: number, body: string): Promise<string> {
  server = createServer((request, response) => {
    received = "";
    request.on("data", (chunk: Buffer) => (received += chunk.toString()));
    request.on("end", () => response.writeHead(status).end(body));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

const REQUEST = { roomName: "demo", participantName: "Alice" };

describe("a request for a token", () => {
  it("names the room and the participant, and returns where to connect", async () => {
    const origin = await serverAnswering(200, JSON.stringify({ server_url: "wss://sfu.example", participant_token: "a.b.c" }));
    await expect(requestToken(REQUEST, origin)).resolves.toEqual({ serverUrl: "wss://sfu.example", token: "a.b.c" });
    expect(JSON.parse(received)).toEqual({ room_name: "demo", participant_name: "Alice" });
  });

  it("connects to the page's own server if the answer names none", async () => {
    const origin = await serverAnswering(201, JSON.stringify({ participant_token: "a.b.c" }));
    const access = await requestToken(REQUEST, origin);
    expect(access.serverUrl).toBe(origin.replace("http:", "ws:"));
  });

  it.each([401, 403, 404, 405])("answered with %i asks the visitor for a token", async (status) => {
    const origin = await serverAnswering(status, "Not Found");
    await expect(requestToken(REQUEST, origin)).rejects.toMatchObject({ code: "token-required" });
  });

  it("passes on why the server refused", async () => {
    const origin = await serverAnswering(400, JSON.stringify({ detail: "room name is longer than 256 bytes" }));
    await expect(requestToken(REQUEST, origin)).rejects.toMatchObject({
      code: "refused",
      message: "The server refused (status 400): room name is longer than 256 bytes",
    });
  });

  it("leaves out an error page written in HTML", async () => {
    const origin = await serverAnswering(502, "<html>Bad gateway</html>");
    await expect(requestToken(REQUEST, origin)).rejects.toMatchObject({ message: "The server refused (status 502)" });
  });

  it.each(["", "<html></html>", "[]", "{}", '{"participant_token": 7}'])("is not satisfied by %j", async (body) => {
    const origin = await serverAnswering(200, body);
    await expect(requestToken(REQUEST, origin)).rejects.toMatchObject({ code: "malformed" });
  });

  it("says when nobody answers", async () => {
    const origin = await serverAnswering(200, "");
    server?.close();
    await once(server as Server, "close");
    await expect(requestToken(REQUEST, origin)).rejects.toMatchObject({ code: "unreachable" });
  });
});
