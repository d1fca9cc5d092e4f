-- A mail is marked: our fields come on top, forged ones go by their numbers.
begin("<ann@shop.example>", "<bob@house.example>")
content("TAG_WORD")
want(SMFIR_CONTINUE, "verdict")
if not mt.eom_check(conn, MT_HDRINSERT, "X-Spam-Flag", " YES", 0) then fail("X-Spam-Flag: YES is not put on top") end
if not mt.eom_check(conn, MT_HDRDELETE, "X-Spam-Flag", 1) then fail("the first forged field stays") end
if not mt.eom_check(conn, MT_HDRDELETE, "X-Spam-Flag", 2) then fail("the second forged field stays") end
if mt.eom_check(conn, MT_HDRDELETE, "Subject") then fail("the subject goes") end
mt.disconnect(conn)
