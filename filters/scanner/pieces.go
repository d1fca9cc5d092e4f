package scanner

import (
	"strings"

	"weir/message"
	"weir/message/anomaly"
	"weir/message/part"
)

// deep is how many levels of nesting scanners are trusted to open by themselves; ClamAV stops at 17, silently.
const deep = 10

// pieces lists the decoded parts that are scanned beside the whole message. all: every one; else those that a
// scanner may not see into by itself: files that are no MIME parts (uuencode, yEnc, BinHex, winmail.dat, S/MIME), parts
// that only another reading of an ambiguous message has, damaged or unknown encodings, and what is nested deep. Of an
// ambiguous message it is all of them.
func pieces(m *message.Message, all bool) (list []Piece) {
	all = all || ambiguous(&m.Notes)
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
	if p.Embedded != "" || p.Reading > 0 || p.Depth > deep {
		return true
	}
	switch p.Encoding {
	case "7bit", "8bit", "binary":
		return false
	case "base64", "quoted-printable":
		return has(p.Notes(), anomaly.Base64Garbage, anomaly.Base64EarlyPad, anomaly.QuotedBad)
	}
	return true
}

// partName names a part for a person.
func partName(p *part.Part) string {
	return strings.Join(strings.Fields(p.Embedded+" part "+p.Type+" "+p.FileName), " ")
}

// ambiguous tells whether programs may cut the message into parts differently than we do.
func ambiguous(notes *anomaly.Set) bool {
	for _, n := range notes.All() {
		if n.Kind >= anomaly.HeaderMboxFrom && n.Kind <= anomaly.HeaderTooLong || n.Kind >= anomaly.TypeTwice && n.Kind <= anomaly.EncodingOnMultipart ||
			n.Kind >= anomaly.DepthLimit && n.Kind <= anomaly.BudgetLimit {
			return true
		}
	}
	return false
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
