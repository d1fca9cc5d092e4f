-- What every script begins with: a connection, and a client on it.
-- fail ends the script and says why, which error alone does not.
function fail(text)
  mt.echo(text)
  error(text)
end

conn = mt.connect(socket)
if conn == nil then fail("can't connect to " .. socket) end

-- want fails unless the last answer is the one that should have come.
function want(reply, what)
  if mt.getreply(conn) ~= reply then
    fail(what .. ": the answer is " .. tostring(mt.getreply(conn)) .. ", not " .. tostring(reply))
  end
end

-- must fails where a call itself fails.
function must(err, what)
  if err ~= nil then fail(what .. ": " .. tostring(err)) end
end

-- begin opens a message; word stands in its body.
function begin(from, to)
  must(mt.mailfrom(conn, from), "MAIL"); want(SMFIR_CONTINUE, "MAIL")
  must(mt.rcptto(conn, to), "RCPT"); want(SMFIR_CONTINUE, "RCPT")
end

function content(word)
  must(mt.header(conn, "From", " Ann <ann@shop.example>"), "From")
  must(mt.header(conn, "X-Spam-Flag", " NO"), "X-Spam-Flag")
  must(mt.header(conn, "Subject", " Lunch"), "Subject")
  must(mt.header(conn, "X-Spam-Flag", " NO"), "X-Spam-Flag again")
  must(mt.eoh(conn), "end of header")
  must(mt.bodystring(conn, "At noon?\r\n" .. word .. "\r\n"), "body"); want(SMFIR_CONTINUE, "body")
  must(mt.eom(conn), "end of message")
end

must(mt.conninfo(conn, "client.example", "203.0.113.7"), "connect")
must(mt.helo(conn, "client.example"), "HELO")
