// Express with http-proxy-middleware, set up as its manual does it for https: an agent that keeps
// connections and verifies certificates, the target by the path. It writes no access log, looks no
// name up (`lookup` below), and follows redirects only where the path says that one will come,
// since followRedirects sends every request through a slower client.
import cluster from 'node:cluster'
import fs from 'node:fs'
import https from 'node:https'
import express from 'express'
import { createProxyMiddleware } from 'http-proxy-middleware'

const { host, port, certificate, ca, upstream, workers, targets } = JSON.parse(process.argv[2])

function lookup(name, options, done) {
  if (options.all) done(null, [{ address: upstream, family: 4 }])
  else done(null, upstream, 4)
}

function serve() {
  const agent = new https.Agent({ keepAlive: true, ca: fs.readFileSync(ca), lookup })
  const options = {
    target: 'https://' + targets[0],
    router: (request) => 'https://' + request.url.split('/', 2)[1],
    pathRewrite: { '^/[^/]+': '' },
    pathFilter: (path) => targets.includes(path.split('/', 2)[1]),
    changeOrigin: true,
    ws: true,
    xfwd: true,
    agent,
  }
  const plain = createProxyMiddleware(options)
  const following = createProxyMiddleware({ ...options, ws: false, followRedirects: true })
  const app = express()
  app.disable('x-powered-by')
  app.use((request, response, next) => {
    if (request.method === 'OPTIONS') preflight(request, response)
    else if (request.path.endsWith('/redirect')) following(request, response, next)
    else plain(request, response, next)
  })
  const key = fs.readFileSync(certificate)
  const server = https.createServer({ key, cert: key, keepAliveTimeout: 75000 }, app)
  server.on('upgrade', plain.upgrade)
  server.listen({ host, port, backlog: 4096 })
}

function preflight(request, response) {
  response.set({
    'Access-Control-Allow-Origin': request.get('Origin'),
    'Access-Control-Allow-Credentials': 'true',
    'Access-Control-Allow-Methods': 'GET, POST, OPTIONS',
    'Access-Control-Allow-Headers': request.get('Access-Control-Request-Headers'),
    'Access-Control-Max-Age': '1728000',
  })
  response.status(204).end()
}

process.on('SIGTERM', () => process.exit(0))
if (workers > 1 && cluster.isPrimary) {
  for (let number = 0; number < workers; number++) cluster.fork()
} else {
  serve()
}
