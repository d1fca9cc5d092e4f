package config

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Place is where a setting was written.
type Place struct {
	File   string // name of the file as given; for a flag, the flag's name: "--listen"
	Line   int    // 1-based; 0: no line, as for a flag
	Column int    // 1-based, in bytes; 0: none
}

// String writes file:line:column, as far as they are known.
func (p Place) String() string {
	s := p.File
	if p.Line > 0 {
		s += ":" + strconv.Itoa(p.Line)
		if p.Column > 0 {
			s += ":" + strconv.Itoa(p.Column)
		}
	}
	return s
}

// Problem is one mistake in a config: where it is, the key, and what to do about it.
type Problem struct {
	Place Place  // zero where a default is at fault or nothing was written
	Key   string // full path: "policies.sales.tag"; "" for the whole file
	Text  string // what is wrong and what to do; never holds a secret
}

// String is one line: file:line:column: key: text.
func (p Problem) String() string {
	var b strings.Builder
	if p.Place != (Place{}) {
		b.WriteString(p.Place.String())
		b.WriteString(": ")
	}
	if p.Key != "" {
		b.WriteString(p.Key)
		b.WriteString(": ")
	}
	b.WriteString(p.Text)
	return b.String()
}

// Problems are all mistakes that were found, in the order of the file. As an error it is one line for each.
type Problems []Problem

// Error lists the problems, one a line.
func (ps Problems) Error() string {
	lines := make([]string, len(ps))
	for i, p := range ps {
		lines[i] = p.String()
	}
	return strings.Join(lines, "\n")
}

// err sorts by place and gives nil for none, so that an empty list is never a non-nil error.
func (ps Problems) err() error {
	if len(ps) == 0 {
		return nil
	}
	slices.SortStableFunc(ps, func(a, b Problem) int {
		if a.Place.Line != b.Place.Line {
			return a.Place.Line - b.Place.Line
		}
		return a.Place.Column - b.Place.Column
	})
	return ps
}

func (ps *Problems) add(at Place, key, format string, args ...any) {
	*ps = append(*ps, Problem{Place: at, Key: key, Text: fmt.Sprintf(format, args...)})
}
