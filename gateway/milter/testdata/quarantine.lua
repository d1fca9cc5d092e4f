-- The mail server keeps the mail.
begin("<ann@shop.example>", "<bob@house.example>")
content("HOLD_WORD")
want(SMFIR_CONTINUE, "verdict")
if not mt.eom_check(conn, MT_QUARANTINE) then fail("it is not held") end
mt.disconnect(conn)
