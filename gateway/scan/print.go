package scan

import (
	"bufio"
	"cmp"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"

	"weir/filters"
	"weir/gateway"
	"weir/gateway/log"
	"weir/scoring"
)

// Progress shows how far a scan is.
type Progress interface {
	Start(bytes int64)  // of all files; -1 where it is not known
	Add(bytes int64)    // one message is done
	Aside(write func()) // write something to the same terminal
	Finish()            // take the progress away
}

// printer writes reports and counts what the exit code and the summary need.
type printer struct {
	*Options
	out      *bufio.Writer
	progress Progress
	messages int
	spam     int
	unread   int // could not be read
	unsure   int // a filter could not tell
	actions  map[scoring.Action]int
	broken   error // the reader of Out is gone
}

func newPrinter(o *Options, files []found) *printer {
	p := &printer{Options: o, out: bufio.NewWriter(o.Out), progress: o.Progress, actions: map[scoring.Action]int{}}
	if p.progress == nil {
		p.progress = noProgress{}
	}
	total := int64(0)
	for _, f := range files {
		if total += f.size; f.path == "-" {
			total = math.MinInt64 // never comes back above 0
		}
	}
	p.progress.Start(max(total, -1))
	return p
}

// print writes one result. Its error says that nobody reads any more.
func (p *printer) print(r result) error {
	report := r.report
	if r.item.err != nil {
		report = unreadable(r.item)
		p.unread++
	} else {
		p.count(report)
	}
	p.progress.Aside(func() {
		if p.broken != nil {
			return
		}
		if p.JSON {
			p.json(report)
		} else {
			p.words(report, r.item.err)
		}
		p.broken = p.out.Flush()
	})
	p.progress.Add(max(r.item.size, 1))
	return p.broken
}

func (p *printer) count(r *gateway.Report) {
	p.messages++
	p.actions[r.Action]++
	if r.Action != scoring.Accept || r.Would != nil && *r.Would != scoring.Accept {
		p.spam++
	}
	if len(r.Failed) > 0 {
		p.unsure++
	}
}

// unreadable is the report of what could not be read: deferred, as over SMTP, and never clean.
func unreadable(i item) *gateway.Report {
	return &gateway.Report{File: i.name, Action: scoring.Defer, Why: "could not be read", Symbols: []scoring.Scored{}, Auth: map[string][]filters.Auth{},
		Failed: []gateway.Failure{{Name: "scan", Error: i.err.Error()}}}
}

func (p *printer) json(r *gateway.Report) {
	e := json.NewEncoder(p.out)
	e.SetEscapeHTML(false)
	if err := e.Encode(r); err != nil {
		fmt.Fprintf(p.Err, "weir scan: %s: the report can't be written as JSON: %v\n", r.File, err)
		p.unread++
	}
}

// words explains a verdict: what becomes of the mail and why, what was found, and what could not be checked.
func (p *printer) words(r *gateway.Report, unread error) {
	if unread != nil {
		fmt.Fprintf(p.out, "%s: %s: %s\n\n", log.Printable(r.File), p.paint(red, "not judged"), log.Printable(strings.TrimPrefix(unread.Error(), "scan: ")))
		return
	}
	p.verdict(r)
	width := 24
	for _, s := range r.Symbols {
		width = min(max(width, len(symbolName(s))), 40)
	}
	reasons := reasons{printer: p, known: r.Explain, told: map[string]bool{}}
	for _, s := range sorted(r.Symbols) {
		p.symbol(s, width)
		reasons.symbol(s.Name)
	}
	p.clues(r)
	for _, g := range r.Recipients {
		fmt.Fprintf(p.out, "  for %s: %s, %s\n", log.Printable(strings.Join(g.Rcpt, ", ")), g.Action, log.Printable(g.Why))
	}
	for _, f := range r.Failed {
		text, _, _ := strings.Cut(f.Error, "\n")
		fmt.Fprintf(p.out, "  %s %s: %s\n", p.paint(yellow, "not checked:"), f.Name, log.Printable(text))
	}
	p.out.WriteByte('\n')
}

// clues says what counted in the classifier's opinion, the weightiest first.
func (p *printer) clues(r *gateway.Report) {
	if r.Bayes == nil || len(r.Bayes.Clues) == 0 {
		return
	}
	fmt.Fprintf(p.out, "  What counted for bayes, above 0 for spam:\n")
	for _, c := range r.Bayes.Clues {
		fmt.Fprintf(p.out, "  %7s  %-12s  %s\n", number(c.Weight), log.Printable(c.Kind), p.paint(faint, log.Printable(shortened(c.Text))))
	}
}

func (p *printer) verdict(r *gateway.Report) {
	action, colour := r.Action, green
	if action != scoring.Accept {
		colour = red
	}
	fmt.Fprintf(p.out, "%s: %s", log.Printable(r.File), p.paint(colour, action.String()))
	if r.Would != nil {
		fmt.Fprintf(p.out, " (observed; else %s)", p.paint(red, r.Would.String()))
	}
	fmt.Fprintf(p.out, ", score %s of %s", number(r.Score), number(r.Required))
	if r.Why != "" {
		fmt.Fprintf(p.out, ": %s", log.Printable(r.Why))
	}
	if r.Stage != "" {
		fmt.Fprintf(p.out, " (at %s, before the content was looked at)", r.Stage)
	}
	p.out.WriteByte('\n')
	if r.Subject != "" {
		fmt.Fprintf(p.out, "  %s\n", p.paint(faint, "Subject: "+log.Printable(shortened(r.Subject))))
	}
}

// symbolName is a symbol with its count.
func symbolName(s scoring.Scored) string {
	if s.Count > 1 {
		return fmt.Sprintf("%s (%d times)", s.Name, s.Count)
	}
	return s.Name
}

// symbol is a line: score, name and count in a column of its width, meaning, detail.
func (p *printer) symbol(s scoring.Scored, width int) {
	fmt.Fprintf(p.out, "  %7s  %-*s", number(s.Score), width, log.Printable(symbolName(s)))
	if p.Table != nil {
		if e := p.Table.Entry(s.Name); e != nil && e.Text != "" {
			fmt.Fprintf(p.out, "  %s", log.Printable(e.Text))
		}
	}
	if s.Detail != "" {
		fmt.Fprintf(p.out, "  %s", p.paint(faint, "["+log.Printable(shortened(s.Detail))+"]"))
	}
	p.out.WriteByte('\n')
}

// sorted puts what weighs most first; among equals the order of the report stays.
func sorted(list []scoring.Scored) []scoring.Scored {
	list = slices.Clone(list)
	slices.SortStableFunc(list, func(a, b scoring.Scored) int { return cmp.Compare(math.Abs(b.Score), math.Abs(a.Score)) })
	return list
}

// shortened cuts what mail brought to a line's length.
func shortened(s string) string {
	const most = 120
	for i := range s {
		if i > most {
			return s[:i] + "…"
		}
	}
	return s
}

// number writes a score with as many digits as it needs, at most three.
func number(f float64) string {
	s := fmt.Sprintf("%.3f", f)
	s = strings.TrimRight(strings.TrimRight(s, "0"), ".")
	if s == "-0" || s == "" {
		return "0"
	}
	return s
}

// The colours of a terminal.
const (
	red    = "31"
	green  = "32"
	yellow = "33"
	bold   = "1"
	faint  = "2"
)

func (p *printer) paint(colour, s string) string {
	if !p.Colour {
		return s
	}
	return "\x1b[" + colour + "m" + s + "\x1b[0m"
}
