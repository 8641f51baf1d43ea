// The page shim: what a page and its SDKs ask of the listed hosts goes through the gateway, in the
// form https://GATEWAY/PREFIX/KEY/HOST/PATH. docs/shim.md says how to load it and what it covers.
//
// Each browser function that takes a URL is wrapped in a Proxy of itself, so that its name, length,
// prototype, constants and subclasses stay; each that shows one shows the vendor's. What is not a
// URL of a listed host is handed on as it came, also when it is wrong: the browser's own errors
// stay. The language is ES2018. The gateway serves shim.min.js, which `make shim` makes of this.
(function install(conf, self, shared) {
  "use strict";
  if (!self || !self.location) return; // no browser: nothing to cover
  const { Object, Promise, Proxy, Reflect, URL, console, document, location } = self;
  const { apply, construct, defineProperty } = Reflect;
  const worker = conf.worker || (!document && location.href); // its script; false in a page

  // --- what a page and its frames have in common -----------------------------------------------

  const isFrame = !!shared;
  if (!isFrame) {
    const script = document && document.currentScript;
    let tag = {};
    if (!conf.base) {
      const from = (script && script.src) || new Error().stack;
      const found = /\w+:[^\s()]+(?=\/-\/shim\.js)/.exec(from);
      if (!found) {
        console.warn("sigproxy: no gateway; `sigproxy shim` makes a script for bundles");
        return;
      }
      conf.base = found[0];
      tag = script ? script.dataset : tag;
    }
    shared = {
      gateways: [],
      undo: [],
      ours: new WeakMap(), // objects whose URL is the gateway's, and shown as the vendor's
      home: conf.home || location.host,
      workers: tag.workers,
    };
    if (tag.turn !== undefined && conf.ice !== undefined) {
      const path = `${"../".repeat(conf.ice)}-/ice${tag.key ? `/${tag.key}` : ""}?sdk=webrtc`;
      const { href } = new URL(path, `${conf.base}/`);
      conf.turn = { url: tag.mode ? `${href}&mode=${tag.mode}` : href, place: tag.turn };
    } else if (tag.turn !== undefined) conf.turn = {}; // there are none
    shared.turn = conf.turn;
    const { gateways, undo } = shared;
    const api = (shared.api = {
      version: conf.version,
      hosts: [], // as `targets` spells them
      requests: 0, // sent through the gateway by this page; a Worker counts its own
      missing: [], // what is not covered
      off() {
        shared.isOff = true;
        undo.splice(0).forEach((restore) => restore());
      },
      // Another shim on the page calls this: there is one set of wrappers.
      add({ base, hosts, turn }) {
        if (turn && !shared.turn) note("RTCPeerConnection: data-turn is of the first tag");
        const { host, pathname } = new URL(base);
        const front = host + pathname.replace(/\/*$/, "/");
        if (gateways.some((each) => each.front === front)) return;
        const rules = hosts.map((text) => /^(\*)?(.*?)(\/(\d+))?(:(\*)|:(\d+)(-(\d+))?)?$/.exec(text));
        gateways.push({ base, hosts, rules, front, host, s: /^https/.test(base) ? "s" : "" });
        api.hosts.push(...hosts);
        if (document) {
          console.info(`sigproxy ${conf.version}: requests to ${hosts.join(", ")} go through ${host}`);
        }
      },
    });
    const earlier = self.sigproxy;
    const list = conf.gateways || [conf];
    if (earlier && earlier.add) {
      list.forEach(earlier.add);
      return earlier;
    }
    list.forEach(api.add);
  }
  const { gateways, undo, ours, api, turn } = shared;

  const note = (text) => {
    if (api.missing.includes(text)) return;
    api.missing.push(text);
    console.warn(`sigproxy does not cover ${text}`);
  };
  const define = (object, name, descriptor) =>
    defineProperty(object, name, descriptor) ||
    note(`${name}: a script before the shim has frozen it`);
  define(self, "sigproxy", { value: api, configurable: true, writable: true });

  // --- which gateway carries a URL -------------------------------------------------------------

  const number = (address) => address.split(".").reduce((sum, part) => (sum << 8) | part);
  const isListed = ({ hostname, port }, { rules }) => {
    const name = hostname.replace(/\.$/, "");
    const at = port || 443;
    const isAddress = /\[|\.\d+$/.test(name); // browsers spell IPv4 addresses with four numbers
    return rules.some(([, star, host, , length, , any, low = 443, , high = low]) =>
      (star
        ? name.endsWith(host) && !isAddress && !/localhost$/.test(name)
        : name === host ||
          (isAddress && ((number(name) ^ number(host)) >>> 0) / 2 ** (32 - length) < 1)) &&
      (any || (+low <= at && at <= +high))
    );
  };

  const parse = (value) => new URL(value, worker || document.baseURI);

  // Where a page takes script URLs only from policies (Trusted Types), the shim has its own.
  let trusted = (url) => url;
  try {
    const policy = self.trustedTypes.createPolicy("sigproxy", { createScriptURL: trusted });
    trusted = (url) => policy.createScriptURL(url);
  } catch (error) {} // there are none, or the page's policy does not name it

  let isHit; // whether the last call of `through` has changed anything

  // Return the gateway's URL for `value`; `value` itself if it is for no listed host. The page's own
  // host and the gateways stay as they are, though a wildcard may cover them, and so does a name
  // without a dot or a port, which the gateway does not take for a host.
  const through = (value) => {
    isHit = false;
    let url;
    try {
      url = parse(value);
    } catch (error) {
      return value;
    }
    const { href, host } = url;
    const [, scheme, user = "", rest] = /^(http|ws)s:\/\/([^/]*@)?[^/@]*[.:][^/@]*(\/.*)/.exec(href) || [];
    const isOurs = host === shared.home || gateways.some((each) => each.host === host);
    if (scheme && !shared.isOff && !isOurs) {
      const gateway = gateways.find((each) => isListed(url, each));
      if (gateway) {
        isHit = url;
        return trusted(`${scheme}${gateway.s}://${user}${gateway.front}${host}${rest}`);
      }
    }
    return worker ? href : value; // a bootstrapped Worker has another base than its script
  };

  // Return the vendor's URL for one of the gateway's.
  const back = (value) => {
    const [, scheme, user = "", rest] = /^(http|ws)s?:\/\/([^/]*@)?(.*)/.exec(value) || [];
    const gateway = rest && gateways.find(({ front }) => rest.startsWith(front));
    return gateway ? `${scheme}s://${user}${rest.slice(gateway.front.length)}` : value;
  };

  const mark = (object, is) => {
    ours[is ? "set" : "delete"](object, is);
    return object;
  };

  // Return `args` with the URL at `place` sent through; it counts as a request.
  const sent = (args, place = 0) => {
    isHit = false;
    if (args.length <= place) return args;
    args = [...args];
    args[place] = through(args[place]);
    if (isHit) api.requests++;
    return args;
  };

  // --- wrapping --------------------------------------------------------------------------------

  const patch = (object, name, wrap) => {
    let was;
    while (object && !(was = Object.getOwnPropertyDescriptor(object, name))) {
      object = Object.getPrototypeOf(object);
    }
    if (!object) return; // this browser has no such thing
    const now = Object.assign({}, was);
    for (const key of ["value", "get", "set"]) {
      if (typeof was[key] === "function") now[key] = wrap(was[key], key);
    }
    // What a frame has ends with it; a way back would keep it alive. What is frozen when it is to
    // be put back hands everything on.
    if (define(object, name, now) && !isFrame) {
      undo.push(() => defineProperty(object, name, was));
    }
  };
  const type = (name) => (self[name] || {}).prototype;
  const call = (object, name, wrapped, part = "value") =>
    patch(object, name, (native, key) =>
      key === part ? new Proxy(native, { apply: wrapped }) : native
    );
  const show = (object, name, change) =>
    call(object, name, (native, owner, args) => change(apply(native, owner, args), owner), "get");
  const shown = (value, object) => (ours.has(object) ? back(value) : value);
  const make = (name, wrapper) => {
    const native = self[name];
    patch(self, name, (value) => new Proxy(value, { construct: wrapper }));
    patch(type(name), "constructor", (value) => (value === native ? self[name] : value));
  };
  const marked = (native, args, target) => {
    args = sent(args);
    const is = isHit;
    return mark(construct(native, args, target), is);
  };

  // --- requests --------------------------------------------------------------------------------

  const isRequest = (value) => !!value && typeof value === "object" && "bodyUsed" in value;

  // The Request itself has the gateway's URL, so that body, signal and mode stay the browser's.
  make("Request", (native, args, target) => {
    let is = ours.has(args[0]);
    if (args.length && !isRequest(args[0])) {
      args = [through(args[0]), ...args.slice(1)];
      is = isHit;
    }
    return mark(construct(native, args, target), is);
  });
  for (const name of ["Request", "Response"]) {
    show(type(name), "url", shown);
    call(type(name), "clone", (native, object, args) =>
      mark(apply(native, object, args), ours.has(object))
    );
  }

  call(self, "fetch", (native, scope, args) => {
    let is = ours.has(args[0]);
    if (is) api.requests++;
    else if (isRequest(args[0])) {
      if (through(args[0].url) && isHit) note("a Request that was made before the shim");
    } else {
      args = sent(args);
      is = isHit;
    }
    const answer = apply(native, scope, args);
    return is ? answer.then((response) => mark(response, true)) : answer;
  });

  // The keys of a cache are Requests.
  const cached = (native, object, args) => {
    const key = (value) => (isRequest(value) ? value : through(value));
    if (args.length) {
      args = [Array.isArray(args[0]) ? args[0].map(key) : key(args[0]), ...args.slice(1)];
    }
    const found = (value) => (isRequest(value) ? mark(value, back(value.url) !== value.url) : value);
    return apply(native, object, args).then((value) =>
      Array.isArray(value) ? value.map(found) : found(value)
    );
  };
  for (const name of ["add", "addAll", "delete", "keys", "match", "matchAll", "put"]) {
    call(type("Cache"), name, cached);
  }
  call(type("CacheStorage"), "match", cached);

  call(type("XMLHttpRequest"), "open", (native, xhr, args) => {
    args = sent(args, 1);
    const is = isHit;
    apply(native, xhr, args);
    mark(xhr, is);
  });
  show(type("XMLHttpRequest"), "responseURL", shown);

  for (const name of ["WebSocket", "EventSource", "WebSocketStream"]) {
    make(name, marked);
    show(type(name), "url", shown);
  }
  show(type("MessageEvent"), "origin", (value, { target }) =>
    (ours.get(target) || { origin: value }).origin
  );

  const first = (native, object, args) => apply(native, object, sent(args));
  call(self.navigator, "sendBeacon", first);
  call(self, "fetchLater", first);
  call(type("Worklet"), "addModule", first);

  make("WebTransport", (native, args, target) => {
    through(args[0]);
    if (isHit) {
      note("WebTransport, which fails");
      args = ["https://localhost:1", ...args.slice(1)]; // a port that browsers block
    }
    return construct(native, args, target);
  });

  // --- elements --------------------------------------------------------------------------------

  const assigned = (place) => (native, element, args) => {
    const changed = sent(args, place);
    const is = isHit;
    try {
      apply(native, element, changed);
      mark(element, is);
    } catch (error) {
      apply(native, element, args); // its own error comes first
      note(`${args[place]}: ${error.message}`);
    }
  };
  const isLoaded = /^((script|img|audio|video|source) src|link href)$/i;
  for (const name of ["Script", "Image", "Media", "Source", "Link"]) {
    const key = name === "Link" ? "href" : "src";
    show(type(`HTML${name}Element`), key, shown);
    call(type(`HTML${name}Element`), key, assigned(0), "set");
  }
  // What the browser tells of what it has loaded, whoever named it.
  for (const name of ["HTMLMediaElement", "HTMLImageElement"]) show(type(name), "currentSrc", back);
  show(type("StyleSheet"), "href", back);
  show(type("ErrorEvent"), "filename", back);
  call(type("Element"), "getAttribute", (native, element, args) =>
    shown(apply(native, element, args), element)
  );
  call(type("Element"), "setAttribute", (native, element, args) =>
    (isLoaded.test(`${element.localName} ${args[0]}`) ? assigned(1) : apply)(native, element, args)
  );
  make("Audio", marked);

  // --- Workers: a script of ours installs the shim, and then loads theirs ----------------------

  const blobs = new Map(); // as URLs may be revoked before that
  const create = URL.createObjectURL;
  call(URL, "createObjectURL", (native, object, args) => {
    const url = apply(native, object, args);
    blobs.set(url, args[0]);
    return url;
  });
  call(URL, "revokeObjectURL", (native, object, args) => {
    blobs.delete(`${args[0]}`);
    return apply(native, object, args);
  });
  const link = (...parts) =>
    trusted(create.call(URL, new self.Blob(parts, { type: "text/javascript" })));

  make("Worker", (native, args, target) => {
    const [value, options] = args;
    if (!args.length) return construct(native, args, target);
    try {
      const { href, origin, protocol } = parse(value);
      const blob = blobs.get(href);
      if (shared.workers === "off" || !(blob || (origin === location.origin && protocol !== "blob:"))) {
        note(`the Worker ${href.slice(0, 99)}`);
      } else if (!shared.isOff) {
        const isModule = options && options.type === "module";
        const settings = { version: conf.version, base: conf.base, home: shared.home, worker: href, gateways };
        const own = `(${install})(${JSON.stringify(settings)},self);`;
        const url = JSON.stringify(href);
        const theirs = blob || (isModule ? `import ${url}` : `importScripts(${url})`);
        const script = isModule ? link(`import "${link(own)}";`, theirs) : link(own, theirs);
        return construct(native, [script, ...args.slice(1)], target);
      }
    } catch (error) {
      const made = construct(native, args, target); // its own error comes first
      note(`Workers: ${error.message}`);
      return made;
    }
    return construct(native, args, target);
  });
  make("SharedWorker", (native, args, target) => {
    note("a SharedWorker");
    return construct(native, args, target);
  });
  call(self, "importScripts", (native, scope, args) =>
    apply(native, scope, args.map((each) => sent([each])[0]))
  );
  if (/^http/.test(conf.worker)) {
    const url = new URL(worker);
    for (const name in type("WorkerLocation")) {
      const value = name === "toString" ? url.href : url[name];
      patch(location, name, (native) => new Proxy(native, { apply: () => value }));
    }
  }

  // --- frames of the same origin ---------------------------------------------------------------

  const enter = (frame) => {
    try {
      if (!frame.sigproxy) install(conf, frame, shared);
    } catch (error) {} // of another origin
    return frame;
  };
  show(type("HTMLIFrameElement"), "contentWindow", enter);
  show(type("HTMLIFrameElement"), "contentDocument", (page) => page && (enter(page.defaultView), page));
  if (document) {
    const frames = () => {
      for (const each of document.getElementsByTagName("iframe")) each.contentWindow;
    };
    new self.MutationObserver(frames).observe(document, { childList: true, subtree: true });
    document.addEventListener("load", frames, true);
    // A Worker of ours is a blob. Where that is forbidden, later ones are the browser's own.
    document.addEventListener("securitypolicyviolation", (violation) => {
      if (violation.effectiveDirective === "worker-src" && violation.blockedURI === "blob") {
        shared.workers = "off";
        note("Workers: the page's policy has no `worker-src blob:`");
      }
    });
  }

  // --- the gateway's ICE servers in calls ------------------------------------------------------

  const peer = type("RTCPeerConnection");
  if (turn && !turn.url) note("RTCPeerConnection: this gateway has no [turn]");
  else if (turn && peer) {
    // Return a promise of the gateway's RTCConfiguration; it is asked for again after half of its
    // time. By POST, with which browsers always send an Origin.
    const servers = () => {
      const now = Date.now();
      if (!(now < turn.until)) {
        turn.until = now + 5000;
        turn.answer = Promise.resolve()
          .then(() => self.fetch(turn.url, { method: "POST" }))
          .then((answer) => answer.json())
          .then((answer) => {
            turn.until = now + answer.ttl * 500;
            return answer;
          });
      }
      return Promise.race([
        turn.answer,
        new Promise((_, fail) => self.setTimeout(() => fail("in 5 s"), 5000)),
      ]);
    };
    const { getConfiguration, setConfiguration } = peer;
    const calls = new WeakMap(); // what the SDK has set, and so sees; the browser has more
    const adopt = (connection) => {
      const { iceServers, iceTransportPolicy } = getConfiguration.call(connection);
      const known = { own: { iceServers, iceTransportPolicy } };
      calls.set(connection, known);
      known.ready = servers()
        .then((answer) => {
          if (connection.signalingState === "closed") return;
          const all = getConfiguration.call(connection);
          all.iceServers = [...answer.iceServers, ...(turn.place === "before" ? iceServers : [])];
          if (answer.iceTransportPolicy === "relay") all.iceTransportPolicy = "relay";
          setConfiguration.call(connection, all);
        })
        .catch((error) => note(`RTCPeerConnection: no ICE servers from the gateway, ${error}`))
        .then(() => (known.ready = null));
      return connection;
    };
    servers().catch(() => {}); // so that they are there when a call begins
    make("RTCPeerConnection", (native, args, target) =>
      adopt(construct(native, args, target))
    );
    patch(self, "webkitRTCPeerConnection", () => self.RTCPeerConnection);
    call(peer, "getConfiguration", (native, connection, args) =>
      Object.assign(apply(native, connection, args), (calls.get(connection) || {}).own)
    );
    call(peer, "setConfiguration", (native, connection, args) => {
      apply(native, connection, args);
      adopt(connection);
    });
    // From here on the browser gathers candidates.
    call(peer, "setLocalDescription", (native, connection, args) => {
      const { ready } = calls.get(connection) || {};
      return ready ? ready.then(() => apply(native, connection, args)) : apply(native, connection, args);
    });
  }
  return api;
})(SETTINGS, typeof self === "object" ? self : undefined);
