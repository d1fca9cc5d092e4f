package bayes

import (
	"strings"

	"weir/filters"
	"weir/message"
	"weir/scoring"
	"weir/scoring/bayes"
)

// maxClues is how many features are told of a verdict.
const maxClues = 15

// clues tells what counted most in a verdict, in words. For that the message is taken apart once more, since hashes
// can't be read.
func clues(m *message.Message, model bayes.Model[filters.View], tokens []bayes.Token) []filters.Clue {
	top := model.Clues(tokens, maxClues)
	r := readers.Get().(*reader)
	defer readers.Put(r)
	defer r.clear()
	r.texts = make(map[uint64]string, len(top))
	for _, c := range top {
		r.texts[c.Hash] = ""
	}
	r.message(m)
	list := make([]filters.Clue, len(top))
	for i, c := range top {
		list[i] = filters.Clue{Kind: c.Kind.String(), Text: r.texts[c.Hash], Weight: scoring.Round(c.Weight)}
	}
	return list
}

// maxClue bounds the text of a clue, in bytes.
const maxClue = 80

// readable makes a feature's text fit for a terminal.
func readable(s string) string {
	s = strings.ToValidUTF8(s[:min(len(s), maxClue)], "?")
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r >= 0x80 && r < 0xa0 || r >= 0x200b && r <= 0x200f || r >= 0x2028 && r <= 0x202e || r >= 0x2066 && r <= 0x2069 || r == 0xfeff {
			return '?'
		}
		return r
	}, s)
}
