package spamd

import (
	"fmt"
	"strings"

	"weir/gateway"
	"weir/scoring"
)

// report is what a person reads, with the table that SpamAssassin's users know. Its lines end as the mail's do in a file
// on Unix, with LF alone: clients put it into a header field or onto a terminal. describe gives the text of a symbol.
func report(r *gateway.Report, v verdict, hostname string, describe func(string) string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "Weir, running on the system %q,\nhas %sidentified this incoming email as spam.  Reference: %s\n", plain(hostname), not(v.spam), r.ID)
	fmt.Fprintf(&b, "Decision: %s", r.Action)
	if r.Would != nil {
		fmt.Fprintf(&b, " (observed only; else %s)", *r.Would)
	}
	fmt.Fprintf(&b, ", %s\n\n", plain(r.Why))
	fmt.Fprintf(&b, "Content analysis details:   (%.1f points, %.1f required)\n\n", r.Score, r.Required)
	b.WriteString(" pts rule name              description\n---- ---------------------- --------------------------------------------------\n")
	for _, s := range r.Symbols {
		text := describe(s.Name)
		for _, f := range r.Failed {
			if s.Name == gateway.FailedSymbol(f.Name) {
				text = "Not checked:"
			}
		}
		row(&b, &s, text)
	}
	b.WriteByte('\n')
	return b.String()
}

func not(spam bool) string {
	if spam {
		return ""
	}
	return "NOT "
}

// row is a symbol: its score, name and meaning, and what was found in brackets.
func row(b *strings.Builder, s *scoring.Scored, text string) {
	if text = plain(text); text == "" {
		text = "No description available."
	}
	if s.Detail != "" {
		text += " [" + plain(s.Detail) + "]"
	}
	score := fmt.Sprintf("%4.1f", s.Score)
	if len(score) > 4 {
		score = fmt.Sprintf("%4.0f", s.Score)
	}
	line(b, score, s.Name, text)
}

// line folds the text within its column.
func line(b *strings.Builder, score, name, text string) {
	fmt.Fprintf(b, "%s %-22s ", score, name)
	column := 0
	for i, word := range strings.Fields(text) {
		switch {
		case i == 0:
		case column+1+len(word) > 50:
			b.WriteString("\n" + strings.Repeat(" ", 28))
			column = 0
		default:
			b.WriteByte(' ')
			column++
		}
		b.WriteString(word)
		column += len(word)
	}
	b.WriteByte('\n')
}

// plain is text that may stand in a header field: what a mail says of itself must neither end a line nor be 8-bit.
func plain(s string) string {
	if len(s) > 300 {
		s = s[:300] + "..."
	}
	return strings.Map(func(c rune) rune {
		if c < ' ' || c > '~' {
			return '?'
		}
		return c
	}, s)
}

// symbols are the names of all that was found, in the order of the report.
func symbols(list []scoring.Scored) string {
	names := make([]string, len(list))
	for i := range list {
		names[i] = list[i].Name
	}
	return strings.Join(names, ",")
}
