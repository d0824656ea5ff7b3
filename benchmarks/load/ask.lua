-- Asks for the paths of a file, at a mean rate: each connection waits a time drawn from the exponential distribution, so that
-- requests come as those of strangers do. Writes one line of JSON at the end.
local paths = {}
for line in io.lines(os.getenv("CRIMEMAP_LOAD_PATHS")) do paths[#paths + 1] = line end
local mean_ms = tonumber(os.getenv("CRIMEMAP_LOAD_DELAY_MS"))
local at

function init()
  math.randomseed(20)
  at = math.random(#paths)
end

if mean_ms > 0 then
  function delay() return math.floor(-math.log(1 - math.random()) * mean_ms + 0.5) end
end

function request()
  at = at % #paths + 1
  return wrk.format("GET", paths[at])
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    '\n{"requests": %d, "seconds": %.3f, "p50_ms": %.3f, "p95_ms": %.3f, "p99_ms": %.3f, "max_ms": %.3f, "refused": %d, "broken": %d}\n',
    summary.requests, summary.duration / 1e6, latency:percentile(50) / 1e3, latency:percentile(95) / 1e3,
    latency:percentile(99) / 1e3, latency.max / 1e3, errors.status, errors.connect + errors.read + errors.write + errors.timeout))
end
