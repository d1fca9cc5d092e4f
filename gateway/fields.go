package gateway

import (
	"fmt"
	"strings"

	"weir/filters"
	"weir/scoring"
)

// foldAt is the line length from which the list of symbols is folded (RFC 5322 section 2.1.1 asks for 78).
const foldAt = 76

// fields are the ones we add to delivered mail.
func (h *HeaderNames) fields(r *Report, d *scoring.Decision) []Edit {
	var list []Edit
	add := func(name, value string) {
		if name != "" {
			list = append(list, Edit{Op: Add, Name: name, Value: value})
		}
	}
	add(h.ID, r.ID)
	if d.Action == scoring.Tag {
		add(h.Flag, "YES")
	}
	add(h.Score, fmt.Sprintf("%.1f", d.Score))
	if text := virusStatus[r.Antivirus]; text != "" {
		add(h.Virus, text)
	}
	if h.Status != "" {
		add(h.Status, status(len(h.Status)+2, r, d))
	}
	return list
}

// virusStatus says in the header whether the mail was scanned for malware. Where no scanner is set, nothing is said.
var virusStatus = map[filters.Scan]string{filters.ScanClean: "clean", filters.ScanUnscanned: "not scanned", filters.ScanInfected: "infected"}

// status is the one-field story: verdict, score, what would have happened in observe mode, and the symbols.
func status(column int, r *Report, d *scoring.Decision) string {
	verdict := "No"
	if d.Action == scoring.Tag {
		verdict = "Yes"
	}
	words := []string{verdict + ",", fmt.Sprintf("score=%.1f", d.Score), fmt.Sprintf("required=%.1f", d.Required)}
	if d.Would != nil {
		words = append(words, "would="+d.Would.String())
	}
	for i, s := range r.Symbols {
		word := fmt.Sprintf("%s=%.4g", s.Name, s.Score)
		if i == 0 {
			word = "tests=" + word
		}
		if i < len(r.Symbols)-1 {
			word += ","
		}
		words = append(words, word)
	}
	return fold(column, words)
}

// fold joins words with spaces and folds lines that would grow too long.
func fold(column int, words []string) string {
	var b strings.Builder
	for i, w := range words {
		switch {
		case i == 0:
		case column+1+len(w) > foldAt:
			b.WriteString("\n\t")
			column = 8
		default:
			b.WriteByte(' ')
			column++
		}
		b.WriteString(w)
		column += len(w)
	}
	return b.String()
}
