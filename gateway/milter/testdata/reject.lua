-- A mail is refused, the next one on the same connection is put off, and the one after that goes through.
begin("<ann@shop.example>", "<bob@house.example>")
content("REJECT_WORD")
want(SMFIR_REPLYCODE, "verdict")

begin("<>", "<bob@house.example>")
content("GREY_WORD")
want(SMFIR_REPLYCODE, "verdict")

begin("<ann@shop.example>", "<bob@house.example>")
content("hello")
want(SMFIR_CONTINUE, "verdict")
mt.disconnect(conn)
