// Command losses tells how much spam is missed at given losses of ham, from the answers that make compare got: one line a file, with
// the threshold of the score that is chosen for each loss.
package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// losses are the shares of ham, in percent, that may be called spam.
var losses = []float64{0.05, 0.1, 0.5, 1}

func main() {
	if len(os.Args) < 2 {
		fmt.Fprintln(os.Stderr, "losses FILE...: files with a line a mail: class, name, score and more, with tabs between them")
		os.Exit(2)
	}
	for _, file := range os.Args[1:] {
		if err := tell(os.Stdout, file); err != nil {
			fmt.Fprintln(os.Stderr, "losses:", err)
			os.Exit(1)
		}
	}
}

// tell writes the line of a file.
func tell(w io.Writer, file string) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	ham, spam, err := scores(string(text))
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	fmt.Fprintf(w, "%-22s spam missed at ham loss", strings.TrimSuffix(filepath.Base(file), ".tsv"))
	for _, loss := range losses {
		missed, above := missedAt(ham, spam, loss/100)
		fmt.Fprintf(w, "  ≤ %g %%: %.2f %% (above %.2f)", loss, 100*missed, above)
	}
	fmt.Fprintln(w)
	return nil
}

// scores reads the scores of each class. Mails without one, that is, with an error, are left out.
func scores(text string) (ham, spam []float64, err error) {
	for n, line := range strings.Split(strings.TrimSpace(text), "\n") {
		fields := strings.Split(line, "\t")
		if len(fields) < 3 || fields[2] == "" {
			continue
		}
		score, err := strconv.ParseFloat(fields[2], 64)
		if err != nil {
			return nil, nil, fmt.Errorf("line %d: score %q is no number", n+1, fields[2])
		}
		switch fields[0] {
		case "ham":
			ham = append(ham, score)
		case "spam":
			spam = append(spam, score)
		}
	}
	if len(ham) == 0 || len(spam) == 0 {
		return nil, nil, fmt.Errorf("%d ham and %d spam have a score: nothing to tell", len(ham), len(spam))
	}
	return ham, spam, nil
}

// missedAt gives the share of spam that does not score above a threshold, which is the lowest above which there is at most such a
// share of ham.
func missedAt(ham, spam []float64, loss float64) (missed, above float64) {
	ham = slices.Sorted(slices.Values(ham))
	above = ham[len(ham)-1-int(float64(len(ham))*loss)]
	n := 0
	for _, s := range spam {
		if s <= above {
			n++
		}
	}
	return float64(n) / float64(len(spam)), above
}
