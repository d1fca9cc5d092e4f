-- Adds to the cells of a table if all marks are what they must be; all of it or nothing.
-- KEYS: info, cells, changes, journal, then the bucket of each mark.
-- ARGV: 1 now (s), 2 now (ms), 3 end of marks (s), 4 room and 5 expire (s) of their buckets, 6 ttl of the table (s; 0:
-- none), 7 cells, 8 epoch if it is new, 9 tip, 10 indices of the cells (4 bytes each), 11 maximum and 12 ttl (s) of the journal,
-- 13 number of marks, 14 what the table is and 15 what the journal is (JSON, for `weir state`), 16 the changes of the
-- cells, then field, from, to of each mark, then the notes.
-- The changes are a list of ready BITFIELD calls in MessagePack: making the calls here took 2.7 times as much of Redis's time.
local info, cells, changes = KEYS[1], KEYS[2], KEYS[3]
local now, marks = tonumber(ARGV[1]), tonumber(ARGV[13])
local known = redis.call('HMGET', info, 'cells', 'epoch', 'seq', 'tip', 'logged')
if known[1] and known[1] ~= ARGV[7] then return {'size', known[1]} end

local present, stored, hold = {}, {}, true
for i = 1, marks do
  stored[i] = redis.call('HGET', KEYS[4 + i], ARGV[14 + 3 * i])
  present[i] = live(stored[i], now, tonumber(ARGV[3])) or ''
  hold = hold and present[i] == ARGV[15 + 3 * i]
end
if not hold then return {'held', known[2] or '0', known[3] or '0', known[4] or '0', present} end

local epoch, seq = known[2] or ARGV[8], string.format('%.0f', tonumber(known[3] or '0') + 1)
local refused = redis.pcall('HSET', info, 'cells', ARGV[7], 'epoch', epoch, 'seq', seq, 'tip', ARGV[9])
if type(refused) == 'table' and refused.err then return {'refused', refused.err} end
if redis.call('STRLEN', cells) == 0 then redis.call('SETRANGE', cells, tonumber(ARGV[7]) * 4 - 1, '\0') end

local values = {}
for i, call in ipairs(cmsgpack.unpack(ARGV[16])) do
  values[i] = cmsgpack.pack(redis.call('BITFIELD', cells, 'OVERFLOW', 'SAT', unpack(call)))
end
values = table.concat(values)

-- The changes are kept for the replicas, up to a megabyte of them; of a small table, a quarter of its size.
local most = math.min(1048576, math.max(16384, tonumber(ARGV[7])))
redis.call('XADD', changes, seq .. '-' .. ARGV[9], 'p', known[4] or '0', 'i', ARGV[10], 'd', values)
local logged = tonumber(known[5] or '0') + #ARGV[10] + #values + 64
while logged > most do
  local oldest = redis.call('XRANGE', changes, '-', '+', 'COUNT', 1)[1]
  if not oldest then logged = 0 break end
  redis.call('XDEL', changes, oldest[1])
  logged = logged - #oldest[2][4] - #oldest[2][6] - 64
end
redis.call('HSET', info, 'logged', logged, 'about', ARGV[14])
if ARGV[15] ~= '' then redis.call('HSET', info, 'journal:' .. string.match(KEYS[4], '}:j:(.*)$'), ARGV[15]) end

for i = 1, marks do
  if ARGV[16 + 3 * i] == '' then
    redis.call('HDEL', KEYS[4 + i], ARGV[14 + 3 * i])
  else
    local there = redis.call('HEXISTS', KEYS[4 + i], ARGV[14 + 3 * i]) == 1
    put(KEYS[4 + i], ARGV[14 + 3 * i], there, ARGV[16 + 3 * i], tonumber(ARGV[3]), now, tonumber(ARGV[4]), ARGV[5])
  end
end
for i = 17 + 3 * marks, #ARGV do add_note(KEYS[4], ARGV[2], ARGV[11], tonumber(ARGV[12]), ARGV[i]) end
if ARGV[6] ~= '0' then
  for i = 1, 3 do redis.call('EXPIRE', KEYS[i], ARGV[6]) end
end
return {'done', epoch, seq, ARGV[9]}
