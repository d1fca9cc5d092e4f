package main

import (
	"bufio"
	"fmt"
	"os"
	"strconv"
	"strings"
)

// counts says how often each rule hit a message; a rule that is not there did not hit.
type counts map[string]int

// answer is what hit one message.
type answer struct {
	path string // relative to the shared folder
	hits counts
}

// readAnswers reads a table as sa-hits.pl writes it: path, score, scored rules, sub-rules as NAME=N.
func readAnswers(name string, every int) ([]answer, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var all []answer
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for n := 0; lines.Scan(); n++ {
		if n%max(every, 1) != 0 {
			continue
		}
		a, err := parseAnswer(lines.Text())
		if err != nil {
			return nil, fmt.Errorf("%s:%d: %w", name, n+1, err)
		}
		all = append(all, a)
	}
	return all, lines.Err()
}

func parseAnswer(line string) (answer, error) {
	columns := strings.Split(line, "\t")
	if len(columns) != 4 {
		return answer{}, fmt.Errorf("%d columns, 4 are wanted: path, score, rules, sub-rules", len(columns))
	}
	a := answer{path: columns[0], hits: counts{}}
	for _, column := range columns[2:] {
		for word := range strings.SplitSeq(column, ",") {
			if word == "" {
				continue
			}
			name, times, repeated := strings.Cut(word, "=")
			n := 1
			if repeated {
				var err error
				if n, err = strconv.Atoi(times); err != nil {
					return answer{}, fmt.Errorf("%s: %w", name, err)
				}
			}
			a.hits[name] += n
		}
	}
	return a, nil
}

// isSub tells whether a name is a sub-rule's.
func isSub(name string) bool { return strings.HasPrefix(name, "__") }
