-- One operation on one entry. It returns what was stored before, from which the caller knows the result, and why the
-- change was refused. KEYS: bucket. ARGV: kind, field, now (s), now (ms), end (s), room, expire (s), more by kind.
local bucket, kind, field = KEYS[1], ARGV[1], ARGV[2]
local now, nowms, whole = tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
local before = redis.call('HGET', bucket, field)
local content, ends = live(before, now, whole)
local after

-- since gives the seconds since a time stored in six bytes; fade what is left of one after them.
local function since(stored) return math.max(0, nowms - struct.unpack('>I6', stored)) / 1000 end

if kind == 'seen' then
  local first, times = now, 0
  if content and #content == 14 then
    local _
    first, _, times = struct.unpack('>I5I5I4', content)
    first = math.min(first, now)
  end
  if times == 0 or ARGV[8] == '1' then ends = whole end
  after = struct.pack('>I5I5I4', first, now, math.min(times + 1, 4294967295))
elseif kind == 'count' then
  local half, cap = tonumber(ARGV[8]), tonumber(ARGV[9])
  local values, n = {}, 0
  if content and #content > 6 and #content <= 38 and (#content - 6) % 8 == 0 then
    n = (#content - 6) / 8
    local fade = 1
    if half > 0 then fade = math.pow(2, -since(content) / half) end
    for i = 1, n do values[i] = struct.unpack('<d', content, 7 + 8 * (i - 1)) * fade end
  end
  for i = 10, #ARGV do
    local v = (values[i - 9] or 0) + tonumber(ARGV[i])
    if cap > 0 then v = math.min(math.max(v, -cap), cap) end
    values[i - 9] = math.min(math.max(v, -1.7976931348623157e308), 1.7976931348623157e308)
  end
  ends, after = whole, struct.pack('>I6', nowms)
  for _, v in ipairs(values) do after = after .. struct.pack('<d', v) end
elseif kind == 'take' then
  local rate, burst, cost = tonumber(ARGV[8]), tonumber(ARGV[9]), tonumber(ARGV[10])
  local level = burst
  if content and #content == 14 then
    level = math.min(burst, math.max(0, (struct.unpack('<d', content, 7))) + since(content) * rate)
  end
  if level >= cost then
    ends, after = whole, struct.pack('>I6', nowms) .. struct.pack('<d', level - cost)
  end
elseif kind == 'join' then
  local hold, members = tonumber(ARGV[8]), {}
  if content and #content % 8 == 0 then
    for i = 1, #content, 8 do members[#members + 1] = string.sub(content, i, i + 7) end
  end
  for i = 9, #ARGV do
    for j, m in ipairs(members) do
      if m == ARGV[i] then table.remove(members, j) break end
    end
    members[#members + 1] = ARGV[i]
  end
  ends, after = whole, table.concat(members, '', math.max(1, #members - hold + 1))
elseif kind == 'keep' then
  ends, after = whole, ARGV[8]
else -- drop
  local done = redis.pcall('HDEL', bucket, field)
  if type(done) == 'table' and done.err then return {before, done.err} end
end
if after then
  return {before, put(bucket, field, before, after, ends, now, tonumber(ARGV[6]), ARGV[7]) or false}
end
return {before, false}
