// Package spamd is the door for clients of SpamAssassin's daemon: spamc, Exim's spam condition, and whatever else speaks
// the protocol of its file spamd/PROTOCOL. It also answers RSPAMC, the same protocol in Rspamd's words, which Exim
// speaks with variant=rspamd. The two are told apart by the first line. docs/spamd.md tells an admin how.
//
// A connection is one request and one answer:
//
//	CHECK SPAMC/1.5              SPAMD/1.1 0 EX_OK
//	Content-length: 6712         Spam: True ; 15.3 / 5.0
//	User: joe
//
//	the mail
//
// The protocol carries a verdict and no decision: the client compares a score with a threshold, or reads True or False.
// So verdict makes the three agree with what was decided. What could not be judged gets an answer that is no
// verdict (75 EX_TEMPFAIL), which clients take for a failure and never for a clean mail.
//
// The mail comes with the line ends of the client's system. It is judged with CRLF, as it was mailed, and given back as it came.
package spamd
