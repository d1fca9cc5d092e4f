// Oracle asks how well Weir's rules engine agrees with SpamAssassin, rule by rule.
//
// What SpamAssassin found is on record: hits.tsv says which of its stock rules hit which message, sub-rules and their
// counts included. This command loads the same rules files as that run did, in the same order, with the same clock and
// without a network, runs them over the same messages, and prints where the two differ. A rule that Weir does not run
// counts as one that differs wherever it should have hit.
//
//	go run ./rules/oracle                        all messages: figures, and the worst rules
//	go run ./rules/oracle -rule NAME -show 10    the messages on which one rule differs
//	go run ./rules/oracle -live                  mail made for rules that no message hits, judged by both
package main

import (
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"
)

// flags are what the command line says.
type flags struct {
	shared  string
	hits    string
	folders list
	now     string
	every   int
	rule    string
	message string
	kind    string
	show    int
	worst   int
	tsv     bool
	look    string
	live    bool
	keep    bool
	seed    uint64
	least   int
}

// list is a flag that may be given more than once.
type list []string

// String implements flag.Value.
func (l *list) String() string { return fmt.Sprint([]string(*l)) }

// Set implements flag.Value.
func (l *list) Set(s string) error { *l = append(*l, s); return nil }

func main() {
	if err := run(os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "oracle:", err)
		os.Exit(1)
	}
}

func parseFlags(args []string) (f flags, err error) {
	set := flag.NewFlagSet("oracle", flag.ContinueOnError)
	set.StringVar(&f.shared, "shared", sharedFolder(), "the folder that the paths in hits.tsv begin at; WEIR_SHARED names another")
	set.StringVar(&f.hits, "hits", "", "what SpamAssassin found (oracle/hits.tsv in the shared folder)")
	set.Var(&f.folders, "rules", "a folder of rules files, may be given again (SpamAssassin's own two)")
	set.StringVar(&f.now, "now", "2026-11-22T12:00:00Z", "the clock of that run")
	set.IntVar(&f.every, "every", 1, "look at every nth message only")
	set.StringVar(&f.rule, "rule", "", "show the messages on which this rule differs")
	set.StringVar(&f.message, "message", "", "show how the messages differ whose path contains this")
	set.StringVar(&f.kind, "kind", "", "list only rules of this kind in the table: header, body, rawbody, full, uri, meta, other")
	set.IntVar(&f.show, "show", 10, "how many messages to show")
	set.IntVar(&f.worst, "worst", 40, "how many rules to list, the worst first; 0: all that differ")
	set.BoolVar(&f.tsv, "tsv", false, "print what Weir finds, in the form of hits.tsv")
	set.StringVar(&f.look, "look", "", "show the file that -message names as rules see it: body, rawbody, full, uri or the target of a header rule")
	set.BoolVar(&f.live, "live", false, "make mail for the rules that no recorded message hits, and ask the installed SpamAssassin")
	set.BoolVar(&f.keep, "keep", false, "with -live: leave the mails and the answers in their folder")
	set.Uint64Var(&f.seed, "seed", 1, "with -live: another seed makes other mails")
	set.IntVar(&f.least, "least", 4000, "with -live: the least number of mails")
	if err = set.Parse(args); err != nil {
		return f, err
	}
	if set.NArg() > 0 {
		return f, fmt.Errorf("%q is no flag: oracle -h lists them", set.Arg(0))
	}
	if f.hits == "" {
		f.hits = filepath.Join(f.shared, "oracle", "hits.tsv")
	}
	if len(f.folders) == 0 {
		f.folders = stockFolders
	}
	return f, nil
}

// sharedFolder is where the recorded answers lie: beside the repository, unless WEIR_SHARED names another place.
func sharedFolder() string {
	if dir := os.Getenv("WEIR_SHARED"); dir != "" {
		return dir
	}
	return filepath.Join("..", "shared")
}

func run(args []string, out io.Writer) error {
	f, err := parseFlags(args)
	if err == flag.ErrHelp {
		return nil
	}
	if err != nil {
		return err
	}
	if f.live {
		return live(out, f)
	}
	now, err := time.Parse(time.RFC3339, f.now)
	if err != nil {
		return fmt.Errorf("-now: %w: write 2026-11-22T12:00:00Z", err)
	}
	answers, err := readAnswers(f.hits, f.every)
	if err != nil && f.look == "" {
		return err
	}
	e, err := newEngine(f.folders, now)
	if err != nil {
		return err
	}
	if f.look != "" {
		return look(out, e, f.message, f.look)
	}
	report, err := compare(e, f.shared, answers)
	if err != nil {
		return err
	}
	return show(out, f, e, report)
}

func show(out io.Writer, f flags, e *engine, r *report) error {
	switch {
	case f.tsv:
		return r.printTSV(out)
	case f.rule != "":
		return r.printRule(out, e, f.rule, f.show)
	case f.message != "":
		return r.printMessages(out, f.message, f.show)
	}
	return r.print(out, e, f.kind, f.worst)
}
