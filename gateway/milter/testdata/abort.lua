-- A message is broken off; nothing of it is in the next one.
begin("<ann@shop.example>", "<bob@house.example>")
must(mt.header(conn, "Subject", " REJECT_WORD"), "Subject")
must(mt.abort(conn), "abort")
begin("<ann@shop.example>", "<bob@house.example>")
content("hello")
want(SMFIR_CONTINUE, "verdict")
mt.disconnect(conn)
