package desk

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"
	"time"
	"unicode"

	"weir/filters/setting"
	"weir/gateway/quarantine"
)

// Choice says which mails a command is about: those for which all hold.
type Choice struct {
	Older   setting.Duration `placeholder:"TIME" help:"Kept longer ago, like 7d."`
	Newer   setting.Duration `placeholder:"TIME" help:"Kept later than so long ago, like 12h."`
	From    string           `placeholder:"SENDER" help:"From this address or domain."`
	Rcpt    string           `placeholder:"RCPT" help:"For this address or domain."`
	Symbol  string           `placeholder:"NAME" help:"With this symbol."`
	Deleted bool             `help:"Deleted mail, too."`
}

func (c *Choice) takes(e *quarantine.Entry, now time.Time) bool {
	age := now.Sub(e.Time)
	switch {
	case e.Deleted && !c.Deleted,
		c.Older > 0 && age < c.Older.D(),
		c.Newer > 0 && age >= c.Newer.D(),
		c.From != "" && !names(e.From, c.From),
		c.Rcpt != "" && !slices.ContainsFunc(e.Rcpts, func(r string) bool { return names(r, c.Rcpt) }),
		c.Symbol != "" && !slices.Contains(e.Symbols, c.Symbol):
		return false
	}
	return true
}

// names tells whether an address is one, or in the domain or below, that who stands for.
func names(address, who string) bool {
	address, who = strings.ToLower(address), strings.ToLower(strings.TrimPrefix(strings.Trim(who, "<> "), "@"))
	if strings.Contains(who, "@") || !strings.Contains(address, "@") {
		return address == who
	}
	domain := address[strings.LastIndexByte(address, '@')+1:]
	return domain == who || strings.HasSuffix(domain, "."+who)
}

func (o *opened) chosen(c *Choice) (list []quarantine.Entry) {
	now := time.Now()
	for i := range o.list {
		if c.takes(&o.list[i], now) {
			list = append(list, o.list[i])
		}
	}
	return list
}

// ListCommand is the command line of weir quarantine list.
type ListCommand struct {
	Place
	Choice
	Limit int  `short:"n" default:"50" help:"At most so many, the newest first; 0: all."`
	JSON  bool `help:"One mail a line, as JSON."`
}

// Run lists.
func (c *ListCommand) Run(_ context.Context, h House) int {
	return c.with(h, func(o *opened) int {
		list := o.chosen(&c.Choice)
		shown := list
		if c.Limit > 0 {
			shown = list[:min(len(list), c.Limit)]
		}
		if c.JSON {
			for _, e := range shown {
				if code := writeJSON(h.Out, e); code != ExitDone {
					return code
				}
			}
			return ExitDone
		}
		table(h.Out, shown)
		if left := len(list) - len(shown); left > 0 {
			fmt.Fprintf(h.Out, "and %d older ones: --limit 0 shows all\n", left)
		}
		return ExitDone
	})
}

// table shows mails to a person. What senders wrote can't change his terminal.
func table(out io.Writer, list []quarantine.Entry) {
	if len(list) == 0 {
		fmt.Fprintln(out, "No mail is kept that fits.")
		return
	}
	w := tabwriter.NewWriter(out, 0, 8, 2, ' ', 0)
	fmt.Fprintln(w, "ID\tKEPT\tGATEWAY\tSCORE\tFROM\tFOR\tSUBJECT\t")
	for i := range list {
		e := &list[i]
		fmt.Fprintf(w, "%s\t%s\t%s\t%.1f\t%s\t%s\t%s\t%s\n", e.ID[:12], e.Time.Local().Format("2006-01-02 15:04"), plain(e.Gateway, 30), e.Score,
			sender(e.From), plain(strings.Join(e.Rcpts, ", "), 40), subject(e), state(e))
	}
	_ = w.Flush()
}

func sender(from string) string {
	if from == "" {
		return "<>"
	}
	return plain(from, 40)
}

func subject(e *quarantine.Entry) string {
	if e.Sealed {
		return "(encrypted)"
	}
	return plain(e.Subject, 50)
}

// state is what was done with a mail.
func state(e *quarantine.Entry) string {
	var words []string
	if e.Deleted {
		words = append(words, "deleted")
	}
	if len(received(e.Deeds)) > 0 {
		words = append(words, "released")
	}
	return strings.Join(words, ", ")
}

// plain is at most n runes of a text, without what is no letter, sign or space.
func plain(s string, n int) string {
	s = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return '\ufffd'
		}
		return r
	}, s)
	if r := []rune(s); len(r) > n {
		return string(r[:n-1]) + "…"
	}
	return s
}

// ShowCommand is the command line of weir quarantine show.
type ShowCommand struct {
	Place
	ID   string `arg:"" name:"id" help:"Id of a mail, or how it begins."`
	Raw  bool   `help:"Write the mail itself, byte for byte."`
	JSON bool   `help:"All that is known of it, as JSON."`
}

// Run shows one mail.
func (c *ShowCommand) Run(_ context.Context, h House) int {
	return c.with(h, func(o *opened) int {
		return o.each([]string{c.ID}, func(e *quarantine.Entry) error { return c.show(o, e) })
	})
}

func (c *ShowCommand) show(o *opened, e *quarantine.Entry) error {
	switch {
	case c.Raw:
		_, raw, err := o.content(e)
		if err == nil {
			_, err = o.Out.Write(raw)
		}
		return err
	case c.JSON:
		item, err := o.Item(e.ID)
		if err == nil {
			writeJSON(o.Out, struct {
				quarantine.Item
				Deeds []quarantine.Deed `json:"deeds,omitempty"`
			}{item, e.Deeds})
		}
		return err
	}
	describe(o.Out, e)
	return nil
}

// describe tells a person all that a list knows of a mail.
func describe(out io.Writer, e *quarantine.Entry) {
	w := tabwriter.NewWriter(out, 0, 8, 2, ' ', 0)
	row := func(name, text string) {
		if text != "" {
			fmt.Fprintf(w, "%s\t%s\n", name, plain(text, 400))
		}
	}
	row("id", e.ID)
	row("kept", e.Time.Local().Format("2006-01-02 15:04:05 -0700")+" by "+e.Gateway)
	row("message", e.Message)
	row("client", e.IP)
	row("from", sender(e.From))
	row("for", strings.Join(e.Rcpts, ", "))
	row("subject", subject(e))
	row("size", fmt.Sprintf("%d bytes", e.Size))
	row("why", e.Why)
	row("score", fmt.Sprintf("%.1f", e.Score))
	row("symbols", strings.Join(e.Symbols, " "))
	if e.Deleted {
		row("state", "deleted")
	}
	for _, d := range e.Deeds {
		row(string(d.Verb), d.Time.Local().Format("2006-01-02 15:04")+" by "+d.Who+detail(&d))
	}
	_ = w.Flush()
}

func detail(d *quarantine.Deed) string {
	var words []string
	if len(d.Rcpts) > 0 {
		words = append(words, "to "+strings.Join(d.Rcpts, ", ")+" ("+d.Reply+")")
	}
	if d.Taught {
		words = append(words, "learned as wanted")
	}
	words = append(words, d.Allowed...)
	if len(words) == 0 {
		return ""
	}
	return ": " + strings.Join(words, "; ")
}

// StatsCommand is the command line of weir quarantine stats.
type StatsCommand struct {
	Place
	Choice
	JSON bool `help:"As JSON."`
}

// stats are numbers over all chosen mails.
type stats struct {
	Mails    int            `json:"mails"`
	Bytes    int64          `json:"bytes"` // of the messages
	Deleted  int            `json:"deleted"`
	Released int            `json:"released"`
	Oldest   *time.Time     `json:"oldest,omitempty"`
	Newest   *time.Time     `json:"newest,omitempty"`
	Gateways map[string]int `json:"gateways"`
	Symbols  map[string]int `json:"symbols"`
}

// Run counts.
func (c *StatsCommand) Run(_ context.Context, h House) int {
	c.Deleted = true
	return c.with(h, func(o *opened) int {
		s := count(o.chosen(&c.Choice))
		if c.JSON {
			return writeJSON(h.Out, s)
		}
		s.print(h.Out)
		return ExitDone
	})
}

func count(list []quarantine.Entry) stats {
	s := stats{Mails: len(list), Gateways: map[string]int{}, Symbols: map[string]int{}}
	for i := range list {
		e := &list[i]
		s.Bytes += e.Size
		s.Gateways[e.Gateway]++
		for _, name := range e.Symbols {
			s.Symbols[name]++
		}
		if e.Deleted {
			s.Deleted++
		}
		if len(received(e.Deeds)) > 0 {
			s.Released++
		}
	}
	if len(list) > 0 {
		s.Newest, s.Oldest = &list[0].Time, &list[len(list)-1].Time
	}
	return s
}

func (s *stats) print(out io.Writer) {
	fmt.Fprintf(out, "%d mails with %d bytes, %d of them deleted, %d released\n", s.Mails, s.Bytes, s.Deleted, s.Released)
	if s.Oldest != nil {
		fmt.Fprintf(out, "from %s to %s\n", s.Oldest.Local().Format("2006-01-02 15:04"), s.Newest.Local().Format("2006-01-02 15:04"))
	}
	for _, part := range []struct {
		name   string
		counts map[string]int
	}{{"gateway", s.Gateways}, {"symbol", s.Symbols}} {
		most := slices.SortedFunc(maps.Keys(part.counts), func(a, b string) int {
			return cmp.Or(part.counts[b]-part.counts[a], strings.Compare(a, b))
		})
		for _, name := range most[:min(len(most), 15)] {
			fmt.Fprintf(out, "%7d  %s %s\n", part.counts[name], part.name, plain(name, 80))
		}
	}
}
