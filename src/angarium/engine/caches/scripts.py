"""What Redis is asked to do in one step. The version of a scope is `<run of the server>.<random word>`.

KEYS are the keys of the versions, the main one first; what is kept is a hash beside it, under `<key>:<version>`.
"""

_RUN = "local run = string.sub(string.match(redis.call('INFO', 'server'), 'run_id:(%x+)'), 1, 12) .. '.'\n"

#: ARGV: a random word, seconds that a version lives, the question, the key of what is counted or nothing,
#: the versions of what
#: the asking process has kept itself. Answers with the versions, and what is kept, nil, or 1 when the process has it.
LOOK = (
    _RUN
    + """
local versions = {}
for number, key in ipairs(KEYS) do
  local version = redis.call('GET', key)
  if not version or string.sub(version, 1, #run) ~= run then
    version = run .. ARGV[1]
    redis.call('SET', key, version, 'EX', ARGV[2])
  end
  versions[number] = version
end
local kept = table.concat(versions, ' ') == ARGV[5] and 1
  or redis.call('HGET', KEYS[1] .. ':' .. versions[1], ARGV[3] .. table.concat(versions, ' ', 2))
if ARGV[4] ~= '' then
  redis.call('HINCRBY', ARGV[4], kept and 'hits' or 'misses', 1)
  redis.call('EXPIRE', ARGV[4], 7200)
end
return {versions, kept}
"""
)

#: ARGV: the question, the answer, seconds that it is kept, the most of a scope, then the versions. 1 when it is kept.
KEEP = """
for number, key in ipairs(KEYS) do
  if redis.call('GET', key) ~= ARGV[4 + number] then return 0 end
end
local hash = KEYS[1] .. ':' .. ARGV[5]
local field = ARGV[1] .. table.concat(ARGV, ' ', 6)
if redis.call('HLEN', hash) >= tonumber(ARGV[4]) and redis.call('HEXISTS', hash, field) == 0 then return 0 end
redis.call('HSET', hash, field, ARGV[2])
if redis.call('TTL', hash) < 0 then redis.call('EXPIRE', hash, ARGV[3]) end
return 1
"""

#: ARGV: a random word, seconds that a version lives, how many of the KEYS, the last ones, say of an event that it was
#: raised, and seconds for which they say so.
RAISE = (
    _RUN
    + """
for number, key in ipairs(KEYS) do
  if number > #KEYS - ARGV[3] then
    redis.call('SET', key, 1, 'EX', ARGV[4])
  else
    local before = redis.call('GET', key)
    if before then redis.call('UNLINK', key .. ':' .. before) end
    redis.call('SET', key, run .. ARGV[1], 'EX', ARGV[2])
  end
end
return #KEYS
"""
)
