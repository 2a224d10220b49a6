/**
 * What the server does in one step, in its own language. Everything of the bus stands in the keys named here:
 *
 *   log:T:P        stream; an entry holds n messages (JSON), its id is 0-<offset after its last>
 *   end:T:P        offset after the last message of the log
 *   sent:T:P:ID    the last publish of producer ID: "<its number> <end after it>"
 *   members:T:G    members of the group by when their lease ends; a member's lease is that of all its partitions
 *   owners:T:G     partition -> member;  tokens:T:G  partition -> how often it changed hands
 *   commits:T      "<partition> <group>" -> offset;  groups:T  every group that ever read the topic
 */
import { script } from '#adapters/redis/link.ts';

export interface Keys {
  log(partition: number): string;
  end(partition: number): string;
  sent(partition: number, producer: string): string;
  members(group: string): string;
  owners(group: string): string;
  tokens(group: string): string;
  readonly commits: string;
  readonly groups: string;
  /** Channel: `<partition> <end>` after each append. */
  readonly news: string;
  /** Channel: the name of a group whose members have something to move. */
  readonly moves: string;
}

/** Databases of a server have keys of their own and share its channels. Those of the first are named as they ever were. */
export function keysOf(prefix: string, topic: string, database: number): Keys {
  const key = (...parts: readonly (string | number)[]): string => [prefix, ...parts].join(':');
  const channel = (name: string): string => (database === 0 ? key(name, topic) : key(name, topic, `of ${database}`));
  return {
    log: (partition) => key('log', topic, partition),
    end: (partition) => key('end', topic, partition),
    sent: (partition, producer) => key('sent', topic, partition, producer),
    members: (group) => key('members', topic, group),
    owners: (group) => key('owners', topic, group),
    tokens: (group) => key('tokens', topic, group),
    commits: key('commits', topic),
    groups: key('groups', topic),
    news: channel('news'),
    moves: channel('moves'),
  };
}

/** log, end, sent; number, count, messages, ms to remember the number, news, partition -> end. Twice is once. */
export const APPEND = script(`
local last, at = string.match(redis.call('GET', KEYS[3]) or '', '^(%d+) (%d+)$')
if last and tonumber(last) >= tonumber(ARGV[1]) then return tonumber(at) end
local stop = string.format('%.0f', redis.call('INCRBY', KEYS[2], ARGV[2]))
redis.call('XADD', KEYS[1], '0-' .. stop, 'n', ARGV[2], 'm', ARGV[3])
redis.call('SET', KEYS[3], ARGV[1] .. ' ' .. stop, 'PX', ARGV[4])
redis.call('PUBLISH', ARGV[5], ARGV[6] .. ' ' .. stop)
return tonumber(stop)`);

/** end; offset. The log lost its end (a server that does not sync): offsets that were given out never come again. */
export const RAISE = script(`
if tonumber(redis.call('GET', KEYS[1]) or '0') < tonumber(ARGV[1]) then redis.call('SET', KEYS[1], ARGV[1]) end
return 1`);

/**
 * members, owners, tokens, groups; me, lease ms, partitions, moves, group, leaves (1 or 0) -> partition, token, keep (1 or
 * 0), ...
 *
 * A member says that it lives, and is given what it may own. Each member keeps what it has up to its share, one that
 * leaves has none; what is free is dealt to those with less. One that owns too much is told not to keep it and gives it
 * up when it has let go.
 */
export const BEAT = script(`
local me, count = ARGV[1], tonumber(ARGV[3])
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
local isNew = redis.call('ZADD', KEYS[1], now + ARGV[2], me)
redis.call('SADD', KEYS[4], ARGV[5])
local names, held = redis.call('ZRANGE', KEYS[1], 0, -1), {}
for _, name in ipairs(names) do held[name] = {} end
local owner = {}
for p = 0, count - 1 do
  local name = redis.call('HGET', KEYS[2], p)
  if name and held[name] then
    owner[p] = name
    table.insert(held[name], p)
  end
end
if ARGV[6] == '1' then
  for i, name in ipairs(names) do
    if name == me then
      table.remove(names, i)
      break
    end
  end
end
table.sort(names, function(a, b)
  if #held[a] ~= #held[b] then return #held[a] > #held[b] end
  return a < b
end)
local share, over = math.floor(count / #names), count % #names
local wanted, missing = {}, {}
for i, name in ipairs(names) do
  local mine = share + (i <= over and 1 or 0)
  for j = 1, math.min(mine, #held[name]) do wanted[held[name][j]] = name end
  missing[i] = math.max(0, mine - #held[name])
end
local i = 1
for p = 0, count - 1 do
  if #names > 0 and not wanted[p] then
    while missing[i] == 0 do i = i + 1 end
    wanted[p] = names[i]
    missing[i] = missing[i] - 1
  end
end
local answer = {}
for p = 0, count - 1 do
  if wanted[p] == me and not owner[p] then
    redis.call('HSET', KEYS[2], p, me)
    redis.call('HINCRBY', KEYS[3], p, 1)
    owner[p] = me
  end
  if owner[p] == me then
    table.insert(answer, p)
    table.insert(answer, tonumber(redis.call('HGET', KEYS[3], p)))
    table.insert(answer, wanted[p] == me and 1 or 0)
  end
end
if isNew == 1 then redis.call('PUBLISH', ARGV[4], ARGV[5]) end
return answer`);

/** members, owners; me, moves, group, leaves (1 or 0), partitions let go of. */
export const LET_GO = script(`
for i = 5, #ARGV do
  if redis.call('HGET', KEYS[2], ARGV[i]) == ARGV[1] then redis.call('HDEL', KEYS[2], ARGV[i]) end
end
if ARGV[4] == '1' then redis.call('ZREM', KEYS[1], ARGV[1]) end
redis.call('PUBLISH', ARGV[2], ARGV[3])
return 1`);

/** members, owners, tokens, commits, groups; partition, token of the reader (0: none), offset, group -> 1, 0: fenced. */
export const COMMIT = script(`
local token, now = tonumber(ARGV[2]), tonumber(redis.call('HGET', KEYS[3], ARGV[1]) or '0')
if token > 0 and token < now then return 0 end
if token == 0 then
  local time, owner = redis.call('TIME'), redis.call('HGET', KEYS[2], ARGV[1])
  local lease = owner and redis.call('ZSCORE', KEYS[1], owner)
  if lease and tonumber(lease) > time[1] * 1000 + math.floor(time[2] / 1000) then return 0 end
end
redis.call('SADD', KEYS[5], ARGV[4])
redis.call('HSET', KEYS[4], ARGV[1] .. ' ' .. ARGV[4], ARGV[3])
return 1`);

/**
 * log, end, commits, groups; partition, messages to keep, whatever groups have committed (1 or 0). Forgets what every
 * group has committed, but for the newest.
 */
export const TRIM = script(`
local before = tonumber(redis.call('GET', KEYS[2]) or '0') - tonumber(ARGV[2])
for _, group in ipairs(ARGV[3] == '1' and {} or redis.call('SMEMBERS', KEYS[4])) do
  before = math.min(before, tonumber(redis.call('HGET', KEYS[3], ARGV[1] .. ' ' .. group) or '0'))
end
if before <= 0 then return 0 end
return redis.call('XTRIM', KEYS[1], 'MINID', '=', '0-' .. string.format('%.0f', before + 1))`);
