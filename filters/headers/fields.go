package headers

import (
	"strconv"
	"strings"

	"weir/message"
)

// field is one that a message has once at most.
type field uint8

const (
	from field = iota
	date
	subject
	messageID
	to
	cc
	bcc
	sender
	replyTo
	references
	inReplyTo
	received
	fieldCount
)

var fieldNames = [fieldCount]string{
	"from", "date", "subject", "message-id", "to", "cc", "bcc", "sender", "reply-to", "references", "in-reply-to", "received",
}

// counts tells how often each field is there, without those that are removed.
type counts [fieldCount]int

func (c *counts) read(m *message.Message) {
	for i := range m.Header.Fields {
		name := m.Header.Fields[i].Name
		if len(name) < 2 || len(name) > 11 || m.IsStripped(i) {
			continue
		}
		for f, known := range fieldNames {
			if len(known) == len(name) && strings.EqualFold(known, name) {
				c[f]++
				break
			}
		}
	}
}

// required reports what RFC 5322 demands, or every mail program writes, and is not there. What users hand in for
// sending has yet to be completed.
func (c *check) required() {
	if c.m.Outgoing {
		return
	}
	if c.counts[from] == 0 {
		c.hit("HEADERS_FROM_MISSING", "")
	}
	if c.counts[date] == 0 {
		c.hit("HEADERS_DATE_MISSING", "")
	}
	if strings.TrimSpace(c.m.Subject()) == "" {
		c.hit("HEADERS_SUBJECT_MISSING", "")
	}
	if c.counts[messageID] == 0 {
		c.hit("HEADERS_MESSAGE_ID_MISSING", "")
	}
	if c.counts[to]+c.counts[cc]+c.counts[bcc] == 0 {
		c.hit("HEADERS_TO_MISSING", "")
	}
}

// doubled reports fields that RFC 5322 section 3.6 allows once.
func (c *check) doubled() {
	for _, d := range [...]struct {
		field  field
		symbol string
	}{
		{from, "HEADERS_FROM_TWICE"}, {subject, "HEADERS_SUBJECT_TWICE"}, {date, "HEADERS_DATE_TWICE"}, {to, "HEADERS_TO_TWICE"}, {messageID, "HEADERS_MESSAGE_ID_TWICE"},
	} {
		if n := c.counts[d.field]; n > 1 {
			c.hit(d.symbol, strconv.Itoa(n)+" fields")
		}
	}
	var more []string
	for _, f := range [...]field{sender, replyTo, cc, references, inReplyTo} {
		if c.counts[f] > 1 {
			more = append(more, fieldNames[f])
		}
	}
	if len(more) > 0 {
		c.hit("HEADERS_OTHER_TWICE", strings.Join(more, " "))
	}
}

// messageID reports one that is no <left@right>.
func (c *check) messageID() {
	f := c.m.Field("Message-ID")
	if f == nil {
		return
	}
	v := strings.TrimSpace(f.Value())
	at := strings.LastIndexByte(v, '@')
	if len(v) < 5 || v[0] != '<' || v[len(v)-1] != '>' || at < 2 || at > len(v)-3 || strings.ContainsAny(v, " \t") {
		c.hit("HEADERS_MESSAGE_ID_BAD", v)
	}
}

// manyHops is the number of Received fields beyond which something goes round.
const manyHops = 50

// trace reports how many servers the message went through, as it says.
func (c *check) trace() {
	switch n := c.counts[received]; {
	case n == 0 && !c.m.Outgoing:
		c.hit("HEADERS_RECEIVED_NONE", "")
	case n > manyHops:
		c.hit("HEADERS_RECEIVED_MANY", strconv.Itoa(n)+" fields")
	}
}

// own reports fields that the sender forged in our name (RFC 8601 section 5). The gateway removes them, and no filter sees
// them. Other sites' filters write X-Spam-* as well, so these alone mean nothing.
func (c *check) own() {
	var results int
	var names []string
	for _, i := range c.m.Stripped() {
		name := c.m.Header.Fields[i].Name
		if strings.EqualFold(name, "Authentication-Results") {
			results++
			continue
		}
		if len(names) < 10 {
			names = append(names, name)
		}
	}
	if results > 0 {
		c.hit("HEADERS_AUTHRES_FORGED", strconv.Itoa(results)+" fields")
	}
	if len(names) > 0 {
		c.hit("HEADERS_OWN_FIELDS", strings.Join(names, " "))
	}
}
