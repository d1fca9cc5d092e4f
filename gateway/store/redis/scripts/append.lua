-- Adds a note to a stream. KEYS: stream. ARGV: now (ms), maximum, ttl (s), note.
local id, err = add_note(KEYS[1], ARGV[1], ARGV[2], tonumber(ARGV[3]), ARGV[4])
if err then return {false, err} end
return {id, false}
