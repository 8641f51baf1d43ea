"use strict";

const opened = async (t, rest = "", protocols = undefined) => {
  const socket = protocols === undefined ? new WebSocket(`${t.ws}/ws${rest}`) : new WebSocket(`${t.ws}/ws${rest}`, protocols);
  const { type } = await event(socket, "open", "error");
  if (type !== "open") throw new Error("it did not open");
  return socket;
};
const toldBy = async (socket) => JSON.parse((await event(socket, "message")).data);
const closing = (socket) =>
  event(socket, "close").then((it) => [it.type, it.code, it.reason, it.wasClean, it.constructor.name]);

test("WebSocket: echo of text", async (t) => {
  const socket = await opened(t);
  socket.send("hello ä");
  const { data, type } = await event(socket, "message");
  socket.close();
  return [data, type, await closing(socket)];
});
for (const binaryType of ["blob", "arraybuffer"]) {
  test(`WebSocket: echo of bytes as ${binaryType}`, async (t) => {
    const socket = await opened(t);
    socket.binaryType = binaryType;
    socket.send(new Uint8Array([1, 2, 3]));
    const { data } = await event(socket, "message");
    socket.close();
    return [Object.prototype.toString.call(data), [...new Uint8Array(await new Response(data).arrayBuffer())]];
  });
}
for (const [kind, data] of Object.entries({
  blob: () => new Blob(["blob"]),
  buffer: () => new Uint8Array([5, 6]).buffer,
  view: () => new Uint16Array([1, 2, 3]).subarray(1),
  empty: () => "",
  number: () => 42,
})) {
  test(`WebSocket: sends a ${kind}`, async (t) => {
    const socket = await opened(t);
    socket.send(data());
    const answer = await event(socket, "message");
    socket.close();
    return [typeof answer.data, await new Response(answer.data).text()];
  });
}
test("WebSocket: a large message", async (t) => {
  const socket = await opened(t);
  socket.send("x".repeat(1 << 20));
  const { data } = await event(socket, "message");
  socket.close();
  return data.length;
});
test("WebSocket: many messages in order", async (t) => {
  const socket = new WebSocket(`${t.ws}/ws/many`);
  const seen = [];
  socket.onmessage = ({ data }) => seen.push(data);
  await until(() => seen.length === 200);
  socket.close();
  return seen.join();
});

const wsUrls = {
  "as it is": "/ws?a=%20b&c",
  "no path": "",
  "a fragment": "/ws#fragment",
  dots: "/ws/../ws/./x",
  unicode: "/ws/ä?ä",
};
for (const [kind, rest] of Object.entries(wsUrls)) {
  test(`WebSocket: url, ${kind}`, (t) => {
    const socket = new WebSocket(`${t.ws}${rest}`);
    const { url } = socket;
    socket.onerror = () => {};
    socket.close();
    return [url, typeof url];
  });
}
test("WebSocket: the target as the vendor gets it", async (t) => {
  const socket = new WebSocket(`${t.ws}/ws/tell/a%2Fb?x=%20&y`);
  const seen = await toldBy(socket);
  socket.close();
  return seen;
});
test("WebSocket: of an https URL", async (t) => {
  const socket = new WebSocket(`${t.vendor}/ws/tell`);
  const seen = await toldBy(socket);
  socket.close();
  return [socket.url, seen.target];
});
test("WebSocket: of a URL object", async (t) => {
  const socket = new WebSocket(new URL(`${t.ws}/ws/tell`));
  const seen = await toldBy(socket);
  socket.close();
  return [socket.url, seen.target];
});
test("WebSocket: of a host in upper case", (t) => {
  const socket = new WebSocket(`${t.ws.toUpperCase()}/ws`);
  socket.close();
  return socket.url;
});
test("WebSocket: relative", () => {
  const socket = new WebSocket("/own/none");
  socket.close();
  return socket.url;
});
test("WebSocket: a host that is not listed", async (t) => {
  const socket = new WebSocket(`${t.other.replace("https", "wss")}/ws/tell`);
  const seen = await toldBy(socket);
  socket.close();
  return [socket.url, seen.target];
});
test("WebSocket: localhost", async () => {
  const socket = new WebSocket("wss://localhost:1/x");
  return [socket.url, (await event(socket, "error")).type];
});
for (const [kind, url] of Object.entries({ none: "https://[", data: "data:,x", blob: "blob:x", ftp: "ftp://x/" })) {
  test(`WebSocket: of a URL that is refused, ${kind}`, () => new WebSocket(url));
}
test("WebSocket: no argument", () => new WebSocket());
test("WebSocket: without new", (t) => WebSocket(t.ws));
test("WebSocket: of a symbol", () => new WebSocket(Symbol("x")));

for (const [kind, protocols] of Object.entries({
  none: undefined,
  one: "chat",
  several: ["other", "sip", "chat"],
  "an empty list": [],
})) {
  test(`WebSocket: protocols, ${kind}`, async (t) => {
    const socket = await opened(t, "/tell", protocols);
    const seen = await toldBy(socket);
    socket.close();
    return [socket.protocol, seen.protocol];
  });
}
test("WebSocket: protocols, one that the vendor does not have", async (t) => {
  const socket = new WebSocket(`${t.ws}/ws`, "unknown");
  const { type } = await event(socket, "open", "error");
  const { protocol } = socket;
  socket.close();
  return [type, protocol];
});
test("WebSocket: protocols, twice the same", (t) => new WebSocket(t.ws, ["a", "a"]));
test("WebSocket: protocols, one that is none", (t) => new WebSocket(t.ws, "a b"));
test("WebSocket: protocols, an iterable that opens another", async (t) => {
  const inner = [];
  const protocols = {
    *[Symbol.iterator]() {
      inner.push(new WebSocket("wss://localhost:1/inner"));
      yield "chat";
    },
  };
  const socket = new WebSocket(`${t.ws}/ws`, protocols);
  await event(socket, "open");
  socket.close();
  return [socket.url, inner[0].url];
});

test("WebSocket: constants", (t) => {
  const names = ["CONNECTING", "OPEN", "CLOSING", "CLOSED"];
  const socket = new WebSocket(t.ws);
  socket.close();
  return names.map((each) => [WebSocket[each], WebSocket.prototype[each], socket[each]]);
});
test("WebSocket: readyState and events in order", async (t) => {
  const socket = new WebSocket(`${t.ws}/ws/close?code=1000`);
  const seen = [socket.readyState];
  for (const type of ["open", "message", "error", "close"]) {
    socket.addEventListener(type, () => seen.push(type, socket.readyState));
  }
  await event(socket, "close");
  return seen;
});
for (const code of [1000, 1001, 1011, 3000, 4999]) {
  test(`WebSocket: closed by the vendor with ${code}`, async (t) =>
    closing(new WebSocket(`${t.ws}/ws/close?code=${code}`))
  );
}
test("WebSocket: dropped by the vendor", async (t) => closing(new WebSocket(`${t.ws}/ws/drop`)));
test("WebSocket: closed by the page", async (t) => {
  const socket = await opened(t);
  socket.close(3001, "enough");
  return [socket.readyState, await closing(socket), socket.readyState];
});
test("WebSocket: closed before it is open", async (t) => {
  const socket = new WebSocket(`${t.ws}/ws`);
  socket.close();
  return [socket.readyState, await closing(socket)];
});
test("WebSocket: closed with a wrong code", async (t) => (await opened(t)).close(1005));
test("WebSocket: closed with a long reason", async (t) => (await opened(t)).close(1000, "x".repeat(200)));
test("WebSocket: refused", async (t) => {
  const socket = new WebSocket(`${t.ws}/ws/refuse`);
  const seen = [];
  for (const type of ["open", "error", "close"]) socket.addEventListener(type, () => seen.push(type));
  return [await closing(socket), seen, socket.url, socket.readyState];
});
test("WebSocket: sends before it is open", (t) => {
  const socket = new WebSocket(`${t.ws}/ws`);
  try {
    socket.send("x");
  } finally {
    socket.close();
  }
});
test("WebSocket: sends after it is closed", async (t) => {
  const socket = await opened(t);
  socket.close();
  await event(socket, "close");
  socket.send("four");
  return socket.bufferedAmount;
});
test("WebSocket: a message's origin and source", async (t) => {
  const socket = await opened(t);
  socket.send("x");
  const { origin, source, ports, lastEventId, target, isTrusted } = await event(socket, "message");
  socket.close();
  return [origin, source, ports, lastEventId, target === socket, isTrusted];
});
test("WebSocket: handlers", async (t) => {
  const socket = new WebSocket(`${t.ws}/ws`);
  const before = [socket.onopen, socket.extensions, socket.protocol, socket.bufferedAmount, socket.binaryType];
  const url = await new Promise((done) => (socket.onopen = (it) => done(it.target.url)));
  socket.close();
  return [before, url];
});
test("WebSocket: kinds", async (t) => {
  class Mine extends WebSocket {
    constructor(rest) {
      super(`${t.ws}/ws${rest}`, "chat");
      this.mine = "mine";
    }
    send(data) {
      super.send(`${data} by a subclass`);
    }
  }
  const socket = new Mine("");
  await event(socket, "open");
  socket.send("sent");
  const { data } = await event(socket, "message");
  socket.close();
  return [
    data,
    socket.mine,
    socket.url,
    socket instanceof Mine,
    socket instanceof WebSocket,
    socket instanceof EventTarget,
    Object.getPrototypeOf(Mine) === WebSocket,
    String(socket),
  ];
});
test("WebSocket: the constructor is the constructor", (t) => {
  const socket = new WebSocket(t.ws);
  socket.close();
  return [
    socket.constructor === WebSocket,
    WebSocket.prototype.constructor === WebSocket,
    window.WebSocket === WebSocket,
    Object.getPrototypeOf(socket) === WebSocket.prototype,
    Object.getPrototypeOf(WebSocket) === EventTarget,
  ];
});
test("WebSocket: made by Reflect", (t) => {
  function Other() {}
  Other.prototype = Object.create(WebSocket.prototype);
  const socket = Reflect.construct(WebSocket, [`${t.ws}/ws`], Other);
  socket.close();
  return [socket instanceof Other, socket.url];
});
test("WebSocket: a property of one's own", (t) => {
  WebSocket.mine = 7;
  const seen = [WebSocket.mine, Object.keys(WebSocket).includes("mine"), delete WebSocket.mine];
  return [...seen, "mine" in WebSocket];
});
test("WebSocket: a subclass whose url is none", async (t) => {
  class Labelled extends WebSocket {
    get url() {
      return "my socket";
    }
  }
  const socket = new Labelled(`${t.ws}/ws/tell`);
  const { origin, target } = await event(socket, "message");
  socket.close();
  return [socket.url, origin, target === socket];
});
test("WebSocket: url of something else", () =>
  Object.getOwnPropertyDescriptor(WebSocket.prototype, "url").get.call({})
);
test("WebSocket: url cannot be set", (t) => {
  const socket = new WebSocket(t.ws);
  socket.close();
  try {
    socket.url = "x";
  } catch (error) {
    return error.name;
  }
});
test("MessageEvent: of one's own", () => {
  const made = new MessageEvent("message", { data: 1, origin: "https://a.example" });
  return [made.origin, made.data];
});
test("MessageEvent: from a window", async () => {
  setTimeout(() => window.postMessage("here", "*"), 50);
  const seen = await until(
    () => new Promise((done) => window.addEventListener("message", (it) => done(it.data === "here" && it), { once: true }))
  );
  return [seen.origin, seen.source === window];
});
