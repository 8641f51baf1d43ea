// socket.io-client and ws against servers.js, through a gateway or without one. Prints what became
// of each check, as JSON: true, or why not. The argument is JSON as well, see clients.py.
import crypto from 'node:crypto'
import dns from 'node:dns'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { io } from 'socket.io-client'
import WebSocket from 'ws'

const { address, echo, socketio } = JSON.parse(process.argv[2])
const MIB = 2 ** 20
const LIMIT_MS = 15000

dns.lookup = (name, options, done) => {
  const found = options.all ? [{ address, family: 4 }] : address
  process.nextTick(options instanceof Function ? options : done, null, found, 4)
}

async function connected(transports, options = {}) {
  const { origin, pathname } = new URL(socketio)
  const path = `${pathname}/socket.io/`
  const socket = io(origin, { path, transports, reconnection: false, forceNew: true, ...options })
  await new Promise((resolve, reject) => {
    socket.on('connect', resolve)
    socket.on('connect_error', reject)
  })
  return socket
}

async function echoes(socket, data) {
  const answer = await socket.timeout(4000).emitWithAck('echo', data)
  socket.close()
  if (!Buffer.isBuffer(data)) return JSON.stringify(answer) === JSON.stringify(data)
  return data.equals(Buffer.from(answer))
}

async function opened(query = '', protocols = [], options = {}) {
  const socket = new WebSocket(echo + query, protocols, options)
  await once(socket, 'open')
  return socket
}

async function message(socket) {
  const [data] = await once(socket, 'message')
  return data
}

async function upgraded(socket) {
  const { engine } = socket.io
  if (engine.transport.name !== 'websocket') await once(engine, 'upgrade')
  return engine.transport.name === 'websocket'
}

const checks = {
  'socket.io: polling': async () => echoes(await connected(['polling']), 'hé'),
  'socket.io: WebSocket': async () => echoes(await connected(['websocket']), { a: [1, 2] }),
  'socket.io: polling becomes WebSocket': async () => {
    const socket = await connected(['polling', 'websocket'])
    return (await upgraded(socket)) && echoes(socket, 1)
  },
  'socket.io: 1 MiB over polling': async () =>
    echoes(await connected(['polling']), crypto.randomBytes(MIB)),
  'socket.io: 1 MiB over WebSocket': async () =>
    echoes(await connected(['websocket']), crypto.randomBytes(MIB)),
  'socket.io: three pings': async () => {
    const socket = await connected(['websocket'])
    await sleep(6500)
    return socket.connected && echoes(socket, 5)
  },
  'socket.io: 20 clients at once': async () => {
    const sockets = await Promise.all(Array.from({ length: 20 }, () => connected(['websocket'])))
    const answers = await Promise.all(sockets.map((socket, number) => echoes(socket, number)))
    return answers.every(Boolean)
  },
  'socket.io: own header fields': async () => {
    const socket = await connected(['websocket'], { extraHeaders: { 'x-token': 'abc' } })
    const headers = await socket.timeout(4000).emitWithAck('headers')
    socket.close()
    return headers['x-token'] === 'abc'
  },
  'ws: text, nothing, binary': async () => {
    const socket = await opened()
    for (const sent of ['x', '', Buffer.from([0, 255])]) {
      socket.send(sent)
      if (!Buffer.from(sent).equals(await message(socket))) return false
    }
    socket.terminate()
    return true
  },
  'ws: permessage-deflate, where asked for': async () => {
    const socket = await opened('', [], { perMessageDeflate: true })
    socket.terminate()
    return socket.extensions.includes('permessage-deflate')
  },
  'ws: no permessage-deflate, where not': async () => {
    const socket = await opened('', [], { perMessageDeflate: false })
    socket.terminate()
    return socket.extensions === ''
  },
  'ws: a message of 16 MiB': async () => {
    const socket = await opened('', [], { perMessageDeflate: false, maxPayload: 32 * MIB })
    const sent = Buffer.alloc(16 * MIB, 7)
    socket.send(sent)
    const data = await message(socket)
    socket.terminate()
    return sent.equals(data)
  },
  'ws: three fragments, in order': async () => {
    const socket = await opened()
    for (const [part, fin] of [['a', false], ['b', false], ['c', true]]) socket.send(part, { fin })
    const data = await message(socket)
    socket.terminate()
    return data.toString() === 'abc'
  },
  "ws: a ping's payload": async () => {
    const socket = await opened()
    socket.ping('payload')
    const [data] = await once(socket, 'pong')
    socket.terminate()
    return data.toString() === 'payload'
  },
  'ws: close code and reason': async () => {
    const socket = await opened()
    socket.close(4321, 'bye')
    const [code, reason] = await once(socket, 'close')
    return code === 4321 && reason.toString() === 'bye'
  },
  'ws: a query': async () => {
    const socket = await opened('?token=a%2Fb%3D&x=1')
    socket.terminate()
    return true
  },
  'ws: subprotocol': async () => {
    const socket = await opened('', ['v2.wamp', 'v1'])
    socket.terminate()
    return socket.protocol === 'v2.wamp'
  },
}

async function outcome(check) {
  const late = sleep(LIMIT_MS, `not done within ${LIMIT_MS / 1000} s`, { ref: false })
  try {
    return await Promise.race([check(), late])
  } catch (error) {
    return error.message || String(error)
  }
}

const outcomes = {}
for (const [name, check] of Object.entries(checks)) outcomes[name] = await outcome(check)
console.log(JSON.stringify(outcomes))
process.exit(0)
