// Package smtp is the front door that speaks SMTP (RFC 5321): it takes mail from a client, has the gateway judge it,
// and hands it to the next hop while the client waits. There is no queue. What the next hop says is what the client
// hears, so nothing can be lost between the two.
//
// One goroutine serves one connection, one method one verb. A session is small while it idles (a 4 kB buffer and its
// stack); larger buffers are borrowed while a message comes in.
//
// The reader of message data is the strictest part, because SMTP smuggling (CVE-2023-51764 and its kin) lives on
// servers that disagree on where a mail ends: only CRLF.CRLF with line ends that are beyond doubt ends a message, and
// no bare CR or LF is passed on. See reader.go.
package smtp
