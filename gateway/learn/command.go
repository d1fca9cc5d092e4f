package learn

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/user"
	"slices"
	"time"

	"golang.org/x/term"

	"weir/filters"
	"weir/filters/setting"
	"weir/gateway/config"
	"weir/gateway/scan"
	"weir/gateway/store/control"
	"weir/message"
)

// House is what the command line's main lends the commands.
type House struct {
	Filters  []filters.Spec
	School   string   // name of the filter that learns
	Others   []string // names of filters that are told what people say of mail (filters.Learner), where they are enabled
	In       io.Reader
	Out, Err io.Writer
}

// Place is where the state is, as all commands take it.
type Place struct {
	Config string `short:"c" type:"path" placeholder:"FILE" help:"Config file; without one the defaults hold."`
	State  string `type:"path" placeholder:"PATH" help:"Where the state is (instead of the config's data_dir)."`
	By     string `placeholder:"NAME" help:"Who teaches, for the journal (default: the user's name)."`
}

// Whose says whose lessons a command is about.
type Whose struct {
	For string `placeholder:"RCPT|DOMAIN" help:"Lessons that count for mail to this recipient or domain alone (filters.bayes.scopes in the config)."`
}

// narrow turns to the school of a recipient or a domain, if one is named.
func (w *Whose) narrow(s *opened) error {
	if w.For == "" {
		return nil
	}
	own, err := s.school.For(w.For)
	if err == nil {
		s.school = own
	}
	return err
}

// Command is the command line of weir learn --spam|--ham PATH….
type Command struct {
	Place
	Whose
	Paths []string `arg:"" optional:"" name:"path" help:"Files, folders (with all below), Maildirs, mailboxes (mbox); - is standard input."`

	Spam   bool `help:"The mail is spam."`
	Ham    bool `help:"The mail is wanted."`
	Forget bool `help:"Take back what was learned from the mail."`
	Site   bool `help:"With --for: a lesson for all mail, too."`

	Format  string       `enum:"auto,message,mbox" default:"auto" help:"What the files are: auto takes a file that begins with a From line as an mbox."`
	Jobs    int          `short:"j" placeholder:"N" help:"Messages taken apart at once (default: one for each core)."`
	MaxSize setting.Size `placeholder:"SIZE" help:"Largest message that is learned, like 10MB (default 128MB)."`
}

// class is what the flags say, of which there must be one.
func (c *Command) class() (filters.Class, error) {
	switch {
	case len(c.Paths) == 0:
		return 0, errors.New("say what to learn from: files, folders, or - for standard input")
	case c.Spam && !c.Ham && !c.Forget:
		return filters.Spam, nil
	case c.Ham && !c.Spam && !c.Forget:
		return filters.Ham, nil
	case c.Forget && !c.Spam && !c.Ham:
		return filters.Unlearned, nil
	}
	return 0, errors.New("say what the mail is: one of --spam, --ham and --forget")
}

// Run learns and returns the exit code.
func (c *Command) Run(ctx context.Context, h House) int {
	class, err := c.class()
	if err == nil && c.Site && c.For == "" {
		err = errors.New("--site goes with --for: without it, a lesson is for all mail anyway")
	}
	if err == nil && (c.Jobs < 0 || c.MaxSize < 0) {
		err = errors.New("--jobs and --max-size are not below 0")
	}
	if err != nil {
		return complain(h.Err, err)
	}
	return c.with(h, func(s *opened) int {
		o := Options{Class: class, Who: c.Who(), Jobs: c.Jobs, Err: h.Err, Message: s.parse, Others: s.others}
		if c.Site {
			o.Also = s.school
		} else if c.For != "" {
			o.Others = nil // what one user says is no news for all
		}
		if err := c.narrow(s); err != nil {
			return complain(h.Err, fmt.Errorf("--for: %w", err))
		}
		o.Source = scan.Source{Paths: c.Paths, Format: c.Format, MaxSize: int64(c.MaxSize), In: h.In}
		if isTerminal(h.Err) {
			o.Progress = scan.NamedProgress(h.Err, isTerminal(h.Out), "learning")
		}
		r, err := Run(ctx, o, s.school)
		fmt.Fprintln(h.Out, r)
		switch {
		case err != nil:
			fmt.Fprintf(h.Err, "weir learn: stopped: %v; what is counted above is stored\n", err)
			return ExitPartial
		case r.Unread > 0:
			return ExitPartial
		}
		return ExitDone
	})
}

// String tells a result to a person.
func (r Result) String() string {
	s := fmt.Sprintf("%d learned", r.Learned)
	if r.Changed > 0 {
		s += fmt.Sprintf(", %d changed", r.Changed)
	}
	if r.Known > 0 {
		s += fmt.Sprintf(", %d known already", r.Known)
	}
	if r.Unread > 0 {
		s += fmt.Sprintf(", %d not read", r.Unread)
	}
	return s
}

func complain(to io.Writer, err error) int {
	fmt.Fprintf(to, "weir learn: %v\n", err)
	return ExitUsage
}

func isTerminal(w any) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// who is the name for the journal.
// Who is the one who teaches, for the journal.
func (p *Place) Who() string {
	if p.By != "" {
		return p.By
	}
	if u, err := user.Current(); err == nil {
		return u.Username
	}
	return "command"
}

// opened is the filter that learns, and how messages are parsed for it.
type opened struct {
	school  filters.School
	others  []filters.Learner
	closers []io.Closer
	parse   message.Options
}

// with opens the state and the filter that learns, and closes them after work.
func (p *Place) with(h House, work func(*opened) int) int {
	cfg, err := p.load(h.Filters)
	if err != nil {
		return complain(h.Err, err)
	}
	state, err := control.Open(cfg.Store, cfg.DataDir)
	if err != nil {
		return complain(h.Err, err)
	}
	defer func() {
		if err := state.Close(); err != nil {
			fmt.Fprintf(h.Err, "weir learn: the state can't be closed: %v\n", err)
		}
	}()
	o, err := h.open(cfg, state)
	defer o.close()
	if err != nil {
		return complain(h.Err, err)
	}
	settings := cfg.Settings()
	o.parse = message.Options{Limits: settings.Limits, Trusted: settings.Trusted}
	return work(o)
}

// of is with, for the lessons of one recipient or domain, if one is named.
func (p *Place) of(h House, w *Whose, work func(*opened) int) int {
	return p.with(h, func(s *opened) int {
		if err := w.narrow(s); err != nil {
			return complain(h.Err, fmt.Errorf("--for: %w", err))
		}
		return work(s)
	})
}

// open makes the filter that learns, and the others that are told.
func (h *House) open(cfg *config.Config, state filters.Store) (*opened, error) {
	o := &opened{}
	for _, name := range append([]string{h.School}, h.Others...) {
		f, err := h.make(name, cfg, state)
		if err != nil {
			return o, fmt.Errorf("filters.%s: %w", name, err)
		}
		if c, ok := f.(io.Closer); ok {
			o.closers = append(o.closers, c)
		}
		if s, ok := f.(filters.School); ok && name == h.School {
			o.school = s
		} else if l, ok := f.(filters.Learner); ok {
			o.others = append(o.others, l)
		}
	}
	if o.school == nil {
		return o, fmt.Errorf("the filter %s does not learn: see filters.%s.enabled in the config", h.School, h.School)
	}
	return o, nil
}

// make makes a filter; nil: it is not enabled.
func (h *House) make(name string, cfg *config.Config, state filters.Store) (filters.Filter, error) {
	i := slices.IndexFunc(h.Filters, func(s filters.Spec) bool { return s.Name == name })
	f := cfg.Filters[name]
	if i < 0 || f == nil || !f.Enabled {
		return nil, nil
	}
	env := config.OfflineEnv(time.Now)
	env.Store, env.DataDir = state, cfg.DataDir
	return h.Filters[i].New(f.Decode, env)
}

func (o *opened) close() {
	for _, c := range o.closers {
		_ = c.Close()
	}
}

// load reads the config.
func (p *Place) load(specs []filters.Spec) (*config.Config, error) {
	var flags []config.Flag
	if p.State != "" {
		flags = append(flags, config.Flag{Name: "--state", Key: "data_dir", Value: p.State})
	}
	return config.Load(p.Config, specs, flags...)
}
