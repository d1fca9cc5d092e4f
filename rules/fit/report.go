package main

import (
	"cmp"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
)

const threshold = 5.0 // where mail is tagged

// report prints what held-out mail scores: by folder at the shipped threshold, and at the lowest threshold that loses one
// wanted mail of a thousand.
func report(w io.Writer, mails []mail, held []float64, folds int) {
	at := lossless(mails, held, 0.001)
	groups := map[int]bool{}
	for i := range mails {
		groups[mails[i].group] = true
	}
	fmt.Fprintf(w, "%d mails, %d without near-copies, %d folds; each mail is scored by a fit that has not seen it\n", len(mails), len(groups), folds)
	fmt.Fprintf(w, "%-20s %6s %10s %14s %10s %8s\n", "corpus", "mails", "5 or more", fmt.Sprintf("above %.2f", at), "above 2.5", "highest")
	for _, f := range folders {
		n, five, above, half, highest := 0, 0, 0, 0, 0.0
		for i := range mails {
			if mails[i].folder != f {
				continue
			}
			n++
			five += one(held[i] >= threshold)
			above += one(held[i] > at)
			half += one(held[i] > threshold/2)
			highest = max(highest, held[i])
		}
		fmt.Fprintf(w, "%-20s %6d %4d %4.1f%% %7d %5.1f%% %10d %8.1f\n", f.path, n, five, percent(five, n), above, percent(above, n), half, highest)
	}
}

// lossless is the lowest score above which at most this share of the wanted mail is. Bounces are not counted: a share of
// them would make room for lost mail.
func lossless(mails []mail, held []float64, share float64) float64 {
	var wanted []float64
	for i := range mails {
		if !mails[i].folder.spam && mails[i].folder.path != "bounces" {
			wanted = append(wanted, held[i])
		}
	}
	slices.Sort(wanted)
	return wanted[len(wanted)-1-int(share*float64(len(wanted)))]
}

func one(yes bool) int {
	if yes {
		return 1
	}
	return 0
}

func percent(n, of int) float64 { return 100 * float64(n) / float64(of) }

// reportHits prints each rule with its scores and what it hits of each corpus.
func reportHits(w io.Writer, mails []mail, features []feature, fitted []float64) {
	count := make(map[*folder][]int)
	for _, f := range folders {
		count[f] = make([]int, len(features))
	}
	for i := range mails {
		for _, h := range mails[i].hits {
			count[mails[i].folder][h.feature]++
		}
	}
	fmt.Fprintf(w, "%-22s %6s %6s", "rule", "judged", "fitted")
	for _, f := range folders {
		fmt.Fprintf(w, " %18s", f.path)
	}
	fmt.Fprintln(w)
	for i, f := range features {
		fmt.Fprintf(w, "%-22s %6.2f %6.2f", f.name, f.judged, fitted[i])
		for _, c := range folders {
			fmt.Fprintf(w, " %18d", count[c][i])
		}
		fmt.Fprintln(w)
	}
}

// reportWorst prints the wanted mails with the highest held-out scores, and what they hit at the scores fitted on all mail.
func reportWorst(w io.Writer, mails []mail, features []feature, fitted, held []float64, n int) {
	var order []int
	for i := range mails {
		if !mails[i].folder.spam {
			order = append(order, i)
		}
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Compare(held[b], held[a]) })
	for _, i := range order[:min(n, len(order))] {
		fmt.Fprintf(w, "%5.1f %s", held[i], mails[i].file)
		for _, h := range mails[i].hits {
			fmt.Fprintf(w, " %s=%.1f", features[h.feature].name, fitted[h.feature]*h.count)
		}
		fmt.Fprintln(w)
	}
}

// writeScores writes the fitted scores of rules that the corpora say something about.
func writeScores(path string, mails []mail, features []feature, fitted []float64) error {
	found := index(mails, len(features))
	var b strings.Builder
	b.WriteString("# Fitted scores: written by `make fit` (docs/stock.md), not by hand. The judged score stands beside each rule; a rule that\n" +
		"# is not here hits too little of the corpora to be fitted, and keeps it.\n\n")
	for i, f := range features {
		if len(found[i]) >= least {
			fmt.Fprintf(&b, "score    %-21s %.2f\n", f.name, fitted[i])
		}
	}
	return os.WriteFile(path, []byte(b.String()), 0o644)
}
