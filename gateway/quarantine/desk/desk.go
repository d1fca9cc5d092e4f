// Package desk is `weir quarantine`: what a person does with kept mail. He lists it, reads it, sends it on to those it was
// for, deletes it, and takes back what was done in error.
//
// It works on the folder of the quarantine, beside a running gateway or without one. Each gateway has a quarantine of its
// own; a list names the gateway that kept a mail.
package desk

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"filippo.io/age"

	"weir/gateway/config"
	"weir/gateway/learn"
	"weir/gateway/quarantine"
)

// The exit codes of weir quarantine.
const (
	ExitDone    = 0
	ExitUsage   = 2 // the command line or the config is wrong: nothing was done
	ExitPartial = 3 // something could not be read or done
)

// House is what the command line's main lends the commands.
type House struct {
	learn.House
	// Allow allows a sender for a recipient, or takes that back, and gives the entry in words.
	Allow func(cfg *config.Config, sender, rcpt string, remove bool) (entry string, err error)
}

// Place is where the quarantine is, as all commands take it.
type Place struct {
	Config string `short:"c" type:"path" placeholder:"FILE" help:"Config file; without one the defaults hold."`
	Dir    string `type:"path" placeholder:"DIR" help:"Folder of the quarantine (instead of the config's)."`
	Key    string `type:"path" placeholder:"FILE" help:"File with the private key of encrypted mail, as age-keygen writes it."`
	By     string `placeholder:"NAME" help:"Who does it, for the journal (default: the user's name)."`
}

// opened is a quarantine that a command works on.
type opened struct {
	*quarantine.Store
	House
	place *Place
	cfg   *config.Config
	keys  []age.Identity
	list  []quarantine.Entry // the newest first
}

// with opens the quarantine for some work, and closes it.
func (p *Place) with(h House, work func(*opened) int) int {
	cfg, err := p.load(h)
	if err != nil {
		return complain(h.Err, err)
	}
	o := &opened{House: h, place: p, cfg: cfg}
	if o.keys, err = p.keys(); err != nil {
		return complain(h.Err, err)
	}
	if o.Store, err = quarantine.Open(cfg.Quarantine); err != nil {
		return complain(h.Err, err)
	}
	defer o.Close()
	list, problems := o.Entries()
	o.list = list
	for _, err := range problems {
		fmt.Fprintf(h.Err, "weir quarantine: %v\n", err)
	}
	code := work(o)
	if code == ExitDone && problems != nil {
		return ExitPartial
	}
	return code
}

// load reads the config. A folder that is not there holds no mail, and is not made: most likely its name is wrong.
func (p *Place) load(h House) (*config.Config, error) {
	cfg, err := config.Load(p.Config, h.Filters)
	if err != nil {
		return nil, err
	}
	if p.Dir != "" {
		cfg.Quarantine.Dir = p.Dir
	}
	dir := cfg.Quarantine.Dir
	if dir == "" {
		return nil, errors.New(`there is no quarantine: quarantine.dir is "" in the config`)
	}
	if info, err := os.Stat(dir); err != nil {
		return nil, fmt.Errorf("the quarantine %s can't be used: %w (a gateway makes the folder when it starts; name another with --dir or --config)", dir, err)
	} else if !info.IsDir() {
		return nil, fmt.Errorf("the quarantine %s is no folder", dir)
	}
	return cfg, nil
}

// keys reads the private keys.
func (p *Place) keys() ([]age.Identity, error) {
	if p.Key == "" {
		return nil, nil
	}
	text, err := os.ReadFile(p.Key)
	if err != nil {
		return nil, fmt.Errorf("--key: %w", err)
	}
	keys, err := age.ParseIdentities(bytes.NewReader(text))
	if err != nil {
		return nil, fmt.Errorf("--key: %s has no private key of age: %w", p.Key, err)
	}
	return keys, nil
}

func (p *Place) who() string { return (&learn.Place{By: p.By}).Who() }

// find gives the mail with an id, or the only one whose id begins so.
func (o *opened) find(id string) (*quarantine.Entry, error) {
	var found *quarantine.Entry
	for i := range o.list {
		switch e := &o.list[i]; {
		case e.ID == id:
			return e, nil
		case len(id) < 4 || !strings.HasPrefix(e.ID, id):
		case found != nil:
			return nil, fmt.Errorf("%s: several mails begin so: write more of the id", id)
		default:
			found = e
		}
	}
	if found == nil {
		return nil, fmt.Errorf("%.40q: no such mail in %s (weir quarantine list shows those that there are)", id, o.cfg.Quarantine.Dir)
	}
	return found, nil
}

// each does something with each of the mails named. What fails is told, and the others are done all the same.
func (o *opened) each(ids []string, do func(*quarantine.Entry) error) int {
	code := ExitDone
	for _, id := range ids {
		e, err := o.find(id)
		if err == nil {
			err = do(e)
		}
		if err != nil {
			fmt.Fprintf(o.Err, "weir quarantine: %v\n", err)
			code = ExitPartial
		}
	}
	return code
}

// did notes a deed.
func (o *opened) did(d quarantine.Deed) error {
	d.Time, d.Who = time.Now().UTC(), o.place.who()
	if err := o.Did(d); err != nil {
		return fmt.Errorf("%s: it is done, but could not be noted in the journal: %w", d.ID, err)
	}
	return nil
}

// content reads a whole mail.
func (o *opened) content(e *quarantine.Entry) (*quarantine.Mail, []byte, error) {
	m, err := o.Open(e.ID, o.keys...)
	if errors.Is(err, quarantine.ErrSealed) && len(o.keys) == 0 {
		return nil, nil, fmt.Errorf("%s is encrypted: name the file with the private key by --key", e.ID)
	}
	if err != nil {
		return nil, nil, err
	}
	defer m.Close()
	raw, err := io.ReadAll(m)
	return m, raw, err
}

func complain(to io.Writer, err error) int {
	fmt.Fprintf(to, "weir quarantine: %v\n", err)
	return ExitUsage
}

func writeJSON(w io.Writer, what any) int {
	var text bytes.Buffer
	enc := json.NewEncoder(&text)
	enc.SetEscapeHTML(false)
	if enc.Encode(what) != nil {
		return ExitPartial
	}
	if _, err := w.Write(escaped(text.Bytes())); err != nil {
		return ExitPartial
	}
	return ExitDone
}

// escaped is JSON in which what could change a terminal, or turn a line round, is written in digits. It stands in strings only.
func escaped(text []byte) []byte {
	out := make([]byte, 0, len(text))
	for _, r := range string(text) {
		switch {
		case r == '\n' || unicode.IsPrint(r):
			out = utf8.AppendRune(out, r)
		case r < 0x10000:
			out = fmt.Appendf(out, `\u%04x`, r)
		default:
			hi, lo := utf16.EncodeRune(r)
			out = fmt.Appendf(out, `\u%04x\u%04x`, hi, lo)
		}
	}
	return out
}

// DeleteCommand is the command line of weir quarantine delete.
type DeleteCommand struct {
	Place
	IDs     []string `arg:"" name:"id" help:"Ids of mails, or how they begin."`
	ForGood bool     `help:"Remove the files at once: undo can't bring them back."`
}

// Run deletes.
func (c *DeleteCommand) Run(_ context.Context, h House) int {
	return c.with(h, func(o *opened) int {
		return o.each(c.IDs, func(e *quarantine.Entry) error { return c.delete(o, e) })
	})
}

func (c *DeleteCommand) delete(o *opened, e *quarantine.Entry) error {
	if c.ForGood {
		if err := o.Remove(e.ID); err != nil {
			return err
		}
		_, err := o.Reindex() // what index and journal tell of it goes too
		fmt.Fprintf(o.Out, "%s removed for good\n", e.ID)
		return err
	}
	if e.Deleted {
		return fmt.Errorf("%s is deleted already", e.ID)
	}
	if err := o.Delete(e.ID); err != nil {
		return err
	}
	fmt.Fprintf(o.Out, "%s deleted; weir quarantine undo brings it back for %s\n", e.ID, days(o.cfg.Quarantine.KeepDeleted.D()))
	return o.did(quarantine.Deed{ID: e.ID, Verb: quarantine.Deleted})
}

func days(d time.Duration) string {
	if d >= 48*time.Hour {
		return fmt.Sprintf("%d days", d/(24*time.Hour))
	}
	return d.String()
}

// ReindexCommand is the command line of weir quarantine reindex.
type ReindexCommand struct{ Place }

// Run writes the index anew.
func (c *ReindexCommand) Run(_ context.Context, h House) int {
	return c.with(h, func(o *opened) int {
		n, err := o.Reindex()
		if err != nil {
			return complain(h.Err, err)
		}
		fmt.Fprintf(h.Out, "%d mails in the index\n", n)
		return ExitDone
	})
}
