// A vendor's two servers: npm's ws, which echoes, and socket.io. The argument is JSON, see network.py.
import fs from 'node:fs'
import https from 'node:https'
import { Server } from 'socket.io'
import { WebSocketServer } from 'ws'

const { host, certificate, echo, socketio } = JSON.parse(process.argv[2])
const pem = fs.readFileSync(certificate)

function listen(port) {
  return https.createServer({ key: pem, cert: pem }).listen(port, host)
}

// Autobahn's largest messages have 16 MiB.
const limits = { perMessageDeflate: { threshold: 0 }, maxPayload: 2 ** 25 }
new WebSocketServer({ server: listen(echo), ...limits }).on('connection', (socket) => {
  socket.on('message', (data, binary) => socket.send(data, { binary }))
  socket.on('error', () => {})
})

// Pings every two seconds, so that a client sees several of them.
const pace = { pingInterval: 2000, pingTimeout: 2000, maxHttpBufferSize: 5e6 }
new Server(listen(socketio), pace).on('connection', (socket) => {
  socket.on('echo', (data, answer) => answer(data))
  socket.on('headers', (answer) => answer(socket.handshake.headers))
})
