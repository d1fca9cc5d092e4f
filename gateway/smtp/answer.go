package smtp

import (
	"bytes"
	"crypto/sha256"
	"strings"

	"weir/gateway/relay"
)

// answer makes one answer of all fates:
//
//   - somebody is put off: 4xx. Those who have the mail are remembered, so that the client's next try spares them.
//   - all have it: 2xx; nobody has it and never will: 5xx.
//   - some have it and others never will (LMTP): a notice goes to the sender through the next hop, and the answer is
//     2xx. Where no notice can be sent, the answer is 5xx, which tells the sender more than it should but loses nothing.
//     For mail that our own policy refuses there is never a notice: its sender is likely to be forged.
func (t *settlement) answer() relay.Reply {
	var taken, put, never []fate
	for _, f := range t.fates {
		switch f.reply.Code / 100 {
		case 2:
			taken = append(taken, f)
		case 5:
			if never = append(never, f); f.reply.Local {
				never[0], never[len(never)-1] = f, never[0]
			}
		default:
			put = append(put, f)
		}
	}
	switch {
	case len(put) > 0:
		t.remember(taken)
		return temporary(put[0].reply)
	case len(never) == 0 && len(taken) > 0:
		return t.best(taken)
	case len(taken) == 0 && len(never) > 0:
		return never[0].reply
	case len(taken) == 0:
		return local(451, "4.3.0", "Nothing was done, try again later ["+t.id+"]")
	}
	return t.partly(taken, never)
}

// temporary makes sure that an answer which is no 4xx, from a next hop gone mad, is one.
func temporary(r relay.Reply) relay.Reply {
	if !r.Temporary() {
		r.Code, r.Enhanced = 451, "4.3.0"
	}
	return r
}

// best prefers the next hop's own words.
func (t *settlement) best(taken []fate) relay.Reply {
	for _, f := range taken {
		if !f.reply.Local {
			return f.reply
		}
	}
	return taken[0].reply
}

// partly answers where some recipients have the mail and others are refused for good.
func (t *settlement) partly(taken, never []fate) relay.Reply {
	r := never[0].reply
	if r.Local {
		return r
	}
	if t.m.tx.Envelope().From == "" || t.notify(never) {
		return t.best(taken)
	}
	r.Text = "Refused for " + never[0].rcpt + ", delivered to the other recipients: " + firstLine(r.Text)
	return r
}

// remember notes who has the mail although its client will be told to come again.
func (t *settlement) remember(taken []fate) {
	l := t.s.server.Ledger
	if l == nil || len(taken) == 0 {
		return
	}
	rcpts := make([]string, len(taken))
	for i, f := range taken {
		rcpts[i] = f.rcpt
	}
	l.Add(t.mark(), rcpts)
}

// mark is the digest by which a mail is known again at the client's next try.
func (t *settlement) mark() [32]byte {
	if !t.marked {
		t.digest, t.marked = digest(t.m.tx.Envelope().From, t.o.Message.Raw), true
	}
	return t.digest
}

// digest is made of the sender and the message without its Received fields: a server in front of us writes another one
// at each try.
func digest(from string, raw []byte) (sum [32]byte) {
	h := sha256.New()
	h.Write([]byte(strings.ToLower(from) + "\n"))
	for len(raw) > 0 && raw[0] != '\r' && raw[0] != '\n' {
		field := firstField(raw)
		raw = raw[len(field):]
		if len(field) < 9 || !bytes.EqualFold(field[:9], []byte("Received:")) {
			h.Write(field)
		}
	}
	h.Write(raw)
	h.Sum(sum[:0])
	return sum
}
