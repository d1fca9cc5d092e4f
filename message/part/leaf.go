package part

import (
	"bytes"
	"strings"

	"weir/message/anomaly"
)

// leaf looks into a part that is neither multipart nor message: containers that are no MIME.
func (s *splitter) leaf(p *Part) {
	s.reserve(p)
	switch {
	case p.Type == "message/partial":
		s.notes.Add(anomaly.PartialMessage, "")
	case p.Type == "message/external-body":
		s.notes.Add(anomaly.ExternalBody, "")
	case isTNEF(p):
		s.tnef(p)
	case isSMIME(p):
		s.smime(p)
	case p.Type == "application/mac-binhex40":
		s.binhex(p, p.Body())
	case p.hasText(), isUUType(p.Type):
		s.embedded(p)
	}
}

// isUUType tells whether a media type says that the part is uuencoded, as archive programs open it.
func isUUType(mediaType string) bool {
	minor, ok := strings.CutPrefix(mediaType, "application/")
	return ok && isUUEncoding(minor)
}

// embedded finds files that stand in a text as lines of their own, as before MIME.
func (s *splitter) embedded(p *Part) {
	body := p.Body()
	s.uuencoded(p, body)
	s.yencoded(p, body)
	s.binhex(p, body)
	if bytes.Contains(body, []byte("-----BEGIN PGP MESSAGE-----")) {
		s.notes.Add(anomaly.Encrypted, "PGP")
	}
}

// attach adds a file that was taken out of p; it is not searched again. It returns false where the limit of parts is reached.
func (s *splitter) attach(p *Part, kind, name, mediaType string, data []byte) bool {
	c := &Part{Parent: p, Depth: p.Depth + 1, Reading: s.reading, Raw: data, Type: mediaType, Encoding: "binary",
		Disposition: "attachment", FileName: strings.ToValidUTF8(name, "?"), Embedded: kind}
	c.limit, c.mode = noLimit, decoded
	if hasPrefix(mediaType, "text/") {
		c.Disposition = "inline"
	}
	s.checkName(c)
	return s.add(c)
}

// afford takes n decoded bytes from the budget.
func (s *splitter) afford(p *Part, n int) bool {
	if int64(n) > s.budget {
		s.notes.Add(anomaly.BudgetLimit, p.Type)
		p.Unscanned = true
		return false
	}
	s.budget -= int64(n)
	return true
}

const octets = "application/octet-stream"
