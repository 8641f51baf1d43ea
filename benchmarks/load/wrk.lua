-- METHOD BODY-SIZE FIELD=VALUE...; prints "begun" once the connections are there, and what has
-- happened since as the last line, in JSON.
local ffi = require("ffi")
ffi.cdef [[
    typedef struct { long seconds; long nanoseconds; } sigproxy_timespec;
    int clock_gettime(int clock, sigproxy_timespec *time);
]]

local MONOTONIC = 1
-- Handshakes cost a hundred requests each; 64 of them take a tenth of this.
local CONNECTING_S = 0.5
local REQUESTS_BEFORE = 256

local threads = {}
local started, message
begun_at, begun_count, count = 0, 0, 0 -- global, so that done() can ask for them

local function now()
    local time = ffi.new("sigproxy_timespec")
    ffi.C.clock_gettime(MONOTONIC, time)
    return tonumber(time.seconds) + tonumber(time.nanoseconds) / 1e9
end

function setup(thread)
    table.insert(threads, thread)
end

function init(args)
    local size = tonumber(args[2])
    local body = size > 0 and string.rep("x", size) or nil
    local fields = wrk.headers
    for number = 3, #args do
        local name, value = args[number]:match("^(.-)=(.*)$")
        fields[name] = value
    end
    message = wrk.format(args[1], nil, fields, body)
    started = now()
end

function request()
    count = count + 1
    if begun_at == 0 and count >= REQUESTS_BEFORE and now() - started >= CONNECTING_S then
        begun_at, begun_count = now(), count
        io.write("begun\n")
        io.flush()
    end
    return message
end

function done(summary)
    local ended, thread = now(), threads[1]
    local units, seconds = summary.requests, summary.duration / 1e6
    if thread:get("begun_at") > 0 then
        units, seconds = thread:get("count") - thread:get("begun_count"), ended - thread:get("begun_at")
    end
    local errors = summary.errors
    local failed = errors.connect + errors.read + errors.write + errors.status + errors.timeout
    print(string.format('\n{"units": %d, "failed": %d, "seconds": %.6f, "all": %d}',
        units, failed, seconds, summary.requests))
end
