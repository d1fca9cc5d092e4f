-- What the scripts share. A bucket is a hash: field = key (24 bytes), value = end (5 bytes, seconds) and content.

-- live gives the content of a stored value and its end; nil where it has ended. latest: no end may lie beyond it.
local function live(stored, now, latest)
  if not stored or #stored < 5 then return nil, 0 end
  local ends = struct.unpack('>I5', stored)
  if ends <= now then return nil, 0 end
  return string.sub(stored, 6), math.min(ends, latest)
end

-- sweep takes out what has ended. If nothing has and the bucket is full, it takes out what ends first: a sixteenth of
-- the bucket at once, since looking through it costs more than anything else here.
local function sweep(bucket, now, full, room)
  local all, ended, living = redis.call('HGETALL', bucket), {}, {}
  for i = 1, #all, 2 do
    local ends = 0
    if #all[i + 1] >= 5 then ends = struct.unpack('>I5', all[i + 1]) end
    if ends <= now then
      ended[#ended + 1] = all[i]
    else
      living[#living + 1] = {ends, all[i]}
    end
  end
  if full and #ended == 0 then
    table.sort(living, function(a, b) return a[1] < b[1] end)
    for i = 1, math.max(1, math.floor(room / 16)) do ended[i] = living[i][2] end
  end
  if #ended > 0 then redis.call('HDEL', bucket, unpack(ended)) end
end

-- put stores a value. It returns an error, or nothing.
local function put(bucket, field, is_there, content, ends, now, room, expire)
  if not is_there then
    local n = redis.call('HLEN', bucket)
    if n >= room or n % 16 == 15 then sweep(bucket, now, n >= room, room) end
  end
  local done = redis.pcall('HSET', bucket, field, struct.pack('>I5', ends) .. content)
  if type(done) == 'table' and done.err then return done.err end
  redis.call('EXPIRE', bucket, expire)
end

-- add_note adds to a stream at a time in milliseconds, or right after its last note; then takes out the oldest.
local function add_note(stream, ms, max, ttl, note)
  local id = redis.pcall('XADD', stream, ms .. '-*', 'n', note)
  if type(id) == 'table' and id.err then
    if not string.find(id.err, 'equal or smaller', 1, true) then return nil, id.err end
    local info = redis.call('XINFO', 'STREAM', stream)
    for i = 1, #info, 2 do
      if info[i] == 'last-generated-id' then ms = string.match(info[i + 1], '^%d+') end
    end
    id = redis.call('XADD', stream, ms .. '-*', 'n', note)
  end
  redis.call('XTRIM', stream, 'MAXLEN', max)
  redis.call('XTRIM', stream, 'MINID', string.format('%.0f', math.max(0, tonumber(ms) - ttl * 1000 + 1)))
  redis.call('EXPIRE', stream, ttl + 172800)
  return id
end
