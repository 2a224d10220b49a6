/**
 * What the server does in one step. Everything stands in the keys named here:
 *
 *   gateways       by when their lease ends;  streams  gateway -> how many live streams it holds
 *   bucket:NAME    "<tokens> <ms>" of a rate limit;  held:NAME  gateway -> streams of a user or an address
 *   prices         symbol -> "<at> <tick as JSON>"
 */
import { script } from '#adapters/redis/link.ts';

const NOW = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)`;

/** gateways, streams; me, lease ms, my streams -> is new, gateways, streams of all, is first (1 or 0 each). */
export const BEAT = script(`${NOW}
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
local isNew = redis.call('ZADD', KEYS[1], now + ARGV[2], ARGV[1])
redis.call('HSET', KEYS[2], ARGV[1], ARGV[3])
local streams, first = 0, ARGV[1]
local all = redis.call('HGETALL', KEYS[2])
for i = 1, #all, 2 do
  if redis.call('ZSCORE', KEYS[1], all[i]) then
    streams = streams + tonumber(all[i + 1])
    if all[i] < first then first = all[i] end
  else
    redis.call('HDEL', KEYS[2], all[i])
  end
end
return { isNew, redis.call('ZCARD', KEYS[1]), streams, first == ARGV[1] and 1 or 0 }`);

/** gateways, streams; me. */
export const LEAVE = script(`
redis.call('ZREM', KEYS[1], ARGV[1])
return redis.call('HDEL', KEYS[2], ARGV[1])`);

/** bucket; per minute, ms to remember it -> ms to wait, 0: it passes. */
export const TAKE = script(`${NOW}
local per = tonumber(ARGV[1])
local tokens, at = string.match(redis.call('GET', KEYS[1]) or '', '^(%S+) (%d+)$')
tokens = math.min(per, (tonumber(tokens) or per) + math.max(0, now - (tonumber(at) or now)) * per / 60000)
local passes = tokens >= 1
if passes then tokens = tokens - 1 end
redis.call('SET', KEYS[1], string.format('%.6f %.0f', tokens, now), 'PX', ARGV[2])
return passes and 0 or math.ceil((1 - tokens) * 60000 / per)`);

/** held, gateways; me, my streams, ms to remember -> streams of all that live. */
export const HOLD = script(`${NOW}
if ARGV[2] == '0' then redis.call('HDEL', KEYS[1], ARGV[1]) else redis.call('HSET', KEYS[1], ARGV[1], ARGV[2]) end
redis.call('PEXPIRE', KEYS[1], ARGV[3])
local streams = 0
local all = redis.call('HGETALL', KEYS[1])
for i = 1, #all, 2 do
  local lease = redis.call('ZSCORE', KEYS[2], all[i])
  if all[i] == ARGV[1] or (lease and tonumber(lease) > now) then
    streams = streams + tonumber(all[i + 1])
  else
    redis.call('HDEL', KEYS[1], all[i])
  end
end
return streams`);

/** prices; ms to remember all, then symbol, at, tick. */
export const KEEP_PRICES = script(`
for i = 2, #ARGV, 3 do
  local known = string.match(redis.call('HGET', KEYS[1], ARGV[i]) or '', '^(%d+) ')
  if not known or tonumber(known) <= tonumber(ARGV[i + 1]) then
    redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 1] .. ' ' .. ARGV[i + 2])
  end
end
return redis.call('PEXPIRE', KEYS[1], ARGV[1])`);
