// Package problem says what is wrong with a line of a rules file, for the person who wrote it: where, what, what to do.
package problem

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Level says how bad a Problem is.
type Level uint8

// The levels. Error is the zero value: the files are refused.
const (
	Error   Level = iota // refused: nothing is loaded until it is mended
	Warning              // loaded; likely not what was meant
	NotRun               // loaded without this line: Weir does not run it
	Note                 // loaded; nothing is wrong, but there is less in it than it seems
)

var levelNames = [...]string{"error", "warning", "not run", "note"}

// String gives the word that reports use.
func (l Level) String() string { return levelNames[l] }

// MarshalText writes String's word.
func (l Level) MarshalText() ([]byte, error) { return []byte(l.String()), nil }

// Problem is something to know about a line of a rules file.
type Problem struct {
	File  string `json:"file"`
	Line  int    `json:"line"`
	Level Level  `json:"level"`
	Text  string `json:"text"`           // what is wrong
	Hint  string `json:"hint,omitempty"` // what to do
}

// Error makes a Problem an error: file:line: text (hint).
func (p Problem) Error() string {
	s := fmt.Sprintf("%s:%d: %s", p.File, p.Line, p.Text)
	if p.Hint != "" {
		s += " (" + p.Hint + ")"
	}
	return s
}

// Problems are many.
type Problems []Problem

// Err joins those at level Error; nil if there is none. Beyond 20 it says how many more there are.
func (ps Problems) Err() error {
	var errs []error
	n := 0
	for _, p := range ps {
		if p.Level != Error {
			continue
		}
		if n++; n <= 20 {
			errs = append(errs, p)
		}
	}
	if n > 20 {
		errs = append(errs, fmt.Errorf("and %d more errors in rules files: `weir rules check` lists all", n-20))
	}
	return errors.Join(errs...)
}

// Sort orders problems by file, in the order in which files were read, and line. It writes out what in them would not print:
// they quote files that anybody may have written, and are read on terminals.
func (ps Problems) Sort(order []string) {
	for i := range ps {
		ps[i].Text, ps[i].Hint = Printable(ps[i].Text), Printable(ps[i].Hint)
	}
	rank := make(map[string]int, len(order))
	for i, name := range order {
		if _, ok := rank[name]; !ok {
			rank[name] = i
		}
	}
	slices.SortStableFunc(ps, func(a, b Problem) int {
		return cmp.Or(rank[a.File]-rank[b.File], a.Line-b.Line)
	})
}

// Printable writes bytes and characters that do not print as \x1b or \u202e.
func Printable(s string) string {
	if !strings.ContainsFunc(s, odd) {
		return s
	}
	var b strings.Builder
	for i, c := range s {
		switch {
		case c == utf8.RuneError && !strings.HasPrefix(s[i:], string(utf8.RuneError)):
			fmt.Fprintf(&b, `\x%02x`, s[i])
		case !odd(c):
			b.WriteRune(c)
		case c < 0x80:
			fmt.Fprintf(&b, `\x%02x`, c)
		default:
			fmt.Fprintf(&b, `\u%04x`, c)
		}
	}
	return b.String()
}

func odd(c rune) bool { return c == utf8.RuneError || !strconv.IsPrint(c) }
