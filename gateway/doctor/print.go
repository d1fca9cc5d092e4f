package doctor

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"unicode"
)

// Print writes findings for a person: what is wrong and what to do, and at the end how much there is of it. What is
// well is left out unless all is set.
func Print(w io.Writer, list []Finding, all bool) {
	var count [Error + 1]int
	for _, f := range list {
		count[f.Severity]++
		if f.Severity == OK && !all {
			continue
		}
		fmt.Fprintf(w, "%-8s %s: %s\n", f.Severity, title(f), clean(f.Text))
		if f.Do != "" {
			fmt.Fprintf(w, "         -> %s\n", clean(f.Do))
		}
	}
	fmt.Fprintf(w, "%s, %s, %s, %d well\n", many(count[Error], "error"), many(count[Warning], "warning"), many(count[Note], "note"), count[OK])
}

func many(n int, what string) string {
	if n != 1 {
		what += "s"
	}
	return fmt.Sprint(n, " ", what)
}

func title(f Finding) string {
	return clean(strings.TrimSpace(strings.ReplaceAll(f.About, "_", " ") + " " + f.Subject))
}

// clean takes control characters out: some words come from servers.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == unicode.ReplacementChar {
			return ' '
		}
		return r
	}, s)
}

// PrintJSON writes one finding a line.
func PrintJSON(w io.Writer, list []Finding) error {
	enc := json.NewEncoder(w)
	for _, f := range list {
		if err := enc.Encode(f); err != nil {
			return err
		}
	}
	return nil
}
