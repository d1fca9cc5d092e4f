package scanner

import (
	"bytes"
	"slices"
	"strings"

	"weir/message"
	"weir/message/anomaly"
	"weir/message/part"
)

// deep is how many levels of nesting scanners are trusted to open by themselves; ClamAV stops at 17, silently.
const deep = 10

// pieces lists the decoded parts that are scanned beside the whole message. all: every one; else those that a
// scanner may not see into by itself: files that are no MIME parts (uuencode, yEnc, BinHex, winmail.dat, S/MIME), damaged
// or unknown encodings, what is no text and not encoded, and what is nested deep. Of a message that programs may read
// in several ways it is all of them, in all readings.
func pieces(m *message.Message, all bool) (list []Piece) {
	all = all || ambiguous(m)
	for _, p := range m.Parts() {
		if !p.IsLeaf() || !(all || hidden(p)) {
			continue
		}
		if body := p.Body(); len(body) > 0 {
			list = append(list, Piece{Name: partName(p), Body: body})
		}
	}
	return list
}

// hidden tells whether a scanner may not see into a part by itself.
func hidden(p *part.Part) bool {
	if p.Embedded != "" || p.Depth > deep {
		return true
	}
	switch p.Encoding {
	case "7bit", "8bit", "binary":
		return isBinary(p)
	case "base64", "quoted-printable":
		return has(p.Notes(), anomaly.Base64Garbage, anomaly.QuotedBad)
	}
	return true
}

// isBinary tells whether a part that is not encoded holds something else than text. clamd takes it for a part of the
// text, and opens no archive in it.
func isBinary(p *part.Part) bool {
	return !strings.HasPrefix(p.Detected(), "text/") || bytes.IndexByte(p.Body(), 0) >= 0
}

// partName names a part for a person.
func partName(p *part.Part) string {
	return strings.Join(strings.Fields(p.Embedded+" part "+p.Type+" "+p.FileName), " ")
}

// ambiguous tells whether programs may cut or decode the message differently than we do first.
func ambiguous(m *message.Message) bool {
	for _, n := range m.Notes.All() {
		if n.Kind >= anomaly.HeaderMboxFrom && n.Kind <= anomaly.HeaderTooLong || n.Kind >= anomaly.TypeTwice && n.Kind <= anomaly.EncodingOnMultipart ||
			n.Kind >= anomaly.DepthLimit && n.Kind <= anomaly.BudgetLimit {
			return true
		}
	}
	return slices.ContainsFunc(m.Parts(), func(p *part.Part) bool { return p.Reading > 0 })
}

func has(notes *anomaly.Set, kinds ...anomaly.Kind) bool {
	for _, n := range notes.All() {
		for _, k := range kinds {
			if n.Kind == k {
				return true
			}
		}
	}
	return false
}
