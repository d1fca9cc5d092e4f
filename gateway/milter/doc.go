// Package milter is the front door for mail servers: Postfix, Sendmail and whatever else speaks Sendmail's milter
// protocol (version 2 to 6). The server takes the mail, tells us of each step over a unix or TCP socket, and does what
// we answer: it refuses, puts off, holds, or adds and removes header fields.
//
// A packet is four bytes of length, one byte that says what it is, and data. One goroutine serves one connection, one
// method one packet. A connection may carry many mails, one after another, and (QUIT_NC) many SMTP clients.
//
// The message is put together again from the packets, byte for byte as it was, since DKIM would not verify otherwise:
// we ask for the white space after the colon (HDR_LEADSPC), and turn the line ends of folded fields back into CRLF.
//
// # Why packets are read here and not by go-milter's server
//
// github.com/emersion/go-milter gives the words of the protocol, and the client that the tests drive this door with.
// Its server (v0.5.0) is not used, since what it drops before a handler sees it can't be had back by wrapping its connection,
// short of parsing every packet twice:
//
//   - Sendmail writes an IPv6 client as "IPv6:2001:db8::1", which it reads as no address at all.
//   - It ends the connection at QUIT_NC and at UNKNOWN, both of which servers send.
//   - It answers the negotiation with version 2 and with options that the server did not offer; Sendmail drops a filter for that.
//   - Macros of the connection are gone after the first ABORT, those of one stage after the next packet of macros.
//   - Parameters of MAIL and RCPT are cut off, header values lose NULs, and a refused command gets a new handler that does not know
//     the client.
//   - Each answer is a write of its own from a new buffer of 4 kB. Ours go out in one write, with the changes before them:
//     else a mail waits 40 ms for a delayed acknowledgement wherever Nagle's algorithm is on.
//   - There is no deadline, no progress, no end that waits for messages, and faults are printed to the process's log.
package milter
