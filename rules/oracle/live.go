package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"weir/rules"
	"weir/rules/oracle/craft"
)

// Mails that are made for one rule at most until one hits in Weir's engine, and mails for each function that rules call.
const (
	tries       = 6
	perFunction = 10
)

// aimed is a mail made for a rule.
type aimed struct {
	rule *rules.Rule
	raw  []byte
}

// live makes mail for rules that no recorded message hits, asks the installed SpamAssassin what hits it, and compares.
func live(out io.Writer, f flags) error {
	e, err := newEngine(f.folders, time.Now())
	if err != nil {
		return err
	}
	recorded, err := readAnswers(f.hits, 1)
	if err != nil {
		return err
	}
	mails := e.makeMails(hitBefore(recorded), f.seed, f.least)
	folder, err := os.MkdirTemp("", "oracle-live-")
	if err != nil {
		return err
	}
	if f.keep {
		fmt.Fprintln(out, "the mails and the answers are kept in", folder)
	} else {
		defer os.RemoveAll(folder)
	}
	names, err := write(folder, mails)
	if err != nil {
		return err
	}
	answers, err := ask(f.shared, folder, names)
	if err != nil {
		return err
	}
	r, err := compare(e, folder, answers)
	if err != nil {
		return err
	}
	printAims(out, r, mails, names)
	return show(out, f, e, r)
}

// hitBefore lists the rules that some message hits.
func hitBefore(answers []answer) map[string]bool {
	hit := map[string]bool{}
	for _, a := range answers {
		for name := range a.hits {
			hit[name] = true
		}
	}
	return hit
}

// makeMails makes one mail for each rule that was never hit, ten for each function, and then goes round again until
// there are as many as asked for.
func (e *engine) makeMails(hit map[string]bool, seed uint64, least int) (mails []aimed) {
	maker := craft.New(e.set, seed)
	var never []*rules.Rule
	functions := map[string][]*rules.Rule{}
	var order []string
	for _, r := range e.set.Rules() {
		name := function(r)
		switch {
		case name != "" && r.Has("net"):
		case name != "":
			if functions[name] == nil {
				order = append(order, name)
			}
			functions[name] = append(functions[name], r)
		case !hit[r.Name]:
			never = append(never, r)
		}
	}
	for _, name := range order {
		for i := range perFunction {
			of := functions[name]
			mails = append(mails, e.aim(maker, of[i%len(of)], i*tries))
		}
	}
	for round := 0; len(never) > 0 && (round == 0 || len(mails) < least); round++ {
		for _, r := range never {
			mails = append(mails, e.aim(maker, r, round*tries))
		}
	}
	return mails
}

// function names the function that a rule calls; "": it calls none.
func function(r *rules.Rule) string {
	_, call, ok := strings.Cut(r.Text, "eval:")
	if !ok {
		return ""
	}
	name, _, _ := strings.Cut(call, "(")
	return strings.TrimSpace(name)
}

// aim makes mails until one hits the rule, in Weir's eyes; the last one counts in any case.
func (e *engine) aim(maker *craft.Maker, r *rules.Rule, from int) aimed {
	var raw []byte
	for try := range tries {
		raw = withoutEnvelope(maker.Mail(r, from+try))
		if found, err := e.judge(raw); err == nil && found[r.Name] > 0 {
			break
		}
	}
	return aimed{rule: r, raw: raw}
}

// write stores the mails and lists their names.
func write(folder string, mails []aimed) (names []string, err error) {
	for i, m := range mails {
		name := fmt.Sprintf("%05d-%s.eml", i, m.rule.Name)
		if err := os.WriteFile(filepath.Join(folder, name), m.raw, 0o600); err != nil {
			return nil, err
		}
		names = append(names, name)
	}
	return names, nil
}

// processes that ask SpamAssassin at once.
const processes = 2

// ask runs SpamAssassin over stored mails, in halves.
func ask(shared, folder string, names []string) ([]answer, error) {
	script, err := filepath.Abs(filepath.Join(shared, "oracle", "sa-hits.pl"))
	if err != nil {
		return nil, err
	}
	type result struct {
		answers []answer
		err     error
	}
	results := make([]chan result, processes)
	for i := range results {
		results[i] = make(chan result, 1)
		half := names[i*len(names)/processes : (i+1)*len(names)/processes]
		go func() {
			answers, err := askSome(script, folder, fmt.Sprintf("list-%d", i), half)
			results[i] <- result{answers, err}
		}()
	}
	var all []answer
	for _, c := range results {
		r := <-c
		all, err = append(all, r.answers...), errors.Join(err, r.err)
	}
	if err == nil && len(all) != len(names) {
		err = fmt.Errorf("SpamAssassin told of %d mails, %d were asked about", len(all), len(names))
	}
	return all, err
}

func askSome(script, folder, list string, names []string) ([]answer, error) {
	if err := os.WriteFile(filepath.Join(folder, list), []byte(strings.Join(names, "\n")+"\n"), 0o600); err != nil {
		return nil, err
	}
	c := exec.Command("perl", script, list)
	c.Dir = folder
	var told bytes.Buffer
	c.Stderr = &told
	found, err := c.Output()
	if err != nil {
		return nil, fmt.Errorf("perl %s: %w: %s", script, err, told.String())
	}
	table := filepath.Join(folder, list+".tsv")
	if err := os.WriteFile(table, found, 0o600); err != nil {
		return nil, err
	}
	return readAnswers(table, 1)
}

// printAims says how many of the mails hit what they were made for.
func printAims(out io.Writer, r *report, mails []aimed, names []string) {
	index := map[string]int{}
	for i, name := range names {
		index[name] = i
	}
	reached, theirs, ours, same := map[string]bool{}, 0, 0, 0
	for i, a := range r.answers {
		rule := mails[index[a.path]].rule.Name
		want, got := a.hits[rule], r.found[i][rule]
		if want > 0 {
			theirs++
			reached[rule] = true
		}
		if got > 0 {
			ours++
		}
		if want == got {
			same++
		}
	}
	fmt.Fprintf(out, "%d mails made; the rule that it was made for hits %d in SpamAssassin (%d rules), %d in Weir; both say the same of that rule on %d (%.2f %%)\n",
		len(mails), theirs, len(reached), ours, same, 100*float64(same)/float64(max(len(mails), 1)))
}
