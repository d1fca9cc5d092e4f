-- A user who has logged in over TLS; the queue id comes with the recipient.
must(mt.macro(conn, SMFIC_MAIL, "{auth_authen}", "ann", "{tls_version}", "TLSv1.3"), "macros of MAIL")
must(mt.mailfrom(conn, "<ann@shop.example>"), "MAIL"); want(SMFIR_CONTINUE, "MAIL")
must(mt.macro(conn, SMFIC_RCPT, "i", "4TcXl"), "macros of RCPT")
must(mt.rcptto(conn, "<bob@house.example>"), "RCPT"); want(SMFIR_CONTINUE, "RCPT")
content("hello")
want(SMFIR_CONTINUE, "verdict")
mt.disconnect(conn)
