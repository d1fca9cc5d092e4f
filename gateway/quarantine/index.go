package quarantine

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"time"

	"weir/gateway/durable"
)

// Entry is a mail as a list shows it.
type Entry struct {
	ID      string    `json:"id"`
	Time    time.Time `json:"time"`
	Gateway string    `json:"gateway"`
	Message string    `json:"message"`
	IP      string    `json:"ip,omitempty"`
	From    string    `json:"from"`
	Rcpts   []string  `json:"rcpt"`
	Size    int64     `json:"size"`
	Sealed  bool      `json:"sealed,omitempty"`
	Subject string    `json:"subject,omitempty"`
	Score   float64   `json:"score"`
	Why     string    `json:"why,omitempty"`
	Symbols []string  `json:"symbols,omitempty"`
	Deleted bool      `json:"deleted,omitempty"`
	Deeds   []Deed    `json:"deeds,omitempty"` // what people did with it, in order
}

// index is the file of entries. The folder is locked while a line is added to it or to the journal, and while they are
// written anew.
const index = "index"

// entry is what a list shows of an item.
func (i *Item) entry() Entry {
	e := Entry{ID: i.ID, Time: i.Time, Gateway: i.Gateway, Message: i.Message, IP: i.IP, From: i.From, Rcpts: i.Rcpts, Size: i.Size,
		Sealed: i.Sealed, Deleted: i.Deleted}
	var r struct {
		Subject string  `json:"subject"`
		Score   float64 `json:"score"`
		Why     string  `json:"why"`
		Symbols []struct {
			Name string `json:"name"`
		} `json:"symbols"`
	}
	if json.Unmarshal(i.Report, &r) == nil {
		e.Subject, e.Score, e.Why = r.Subject, r.Score, r.Why
		for _, s := range r.Symbols {
			e.Symbols = append(e.Symbols, s.Name)
		}
	}
	return e
}

// note puts a new mail into the index. If that fails, its file tells all the same.
func (s *Store) note(i *Item) { _ = s.appendLine(index, i.entry()) }

// appendLine writes a line of JSON at the end of a file, in one piece: several processes may do so.
func (s *Store) appendLine(name string, what any) error {
	line, err := json.Marshal(what)
	if err != nil {
		return err
	}
	unlock, err := durable.Lock(s.root)
	if err != nil {
		return err
	}
	defer unlock()
	f, err := s.root.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	defer f.Close()
	return errors.Join(appendTo(f, append(line, '\n')), durable.Own(s.root, f))
}

// appendTo writes a line. A crash or a full disk may have left the line before without its end: it does not take this one
// along. Of a line that can't be written nothing stays.
func appendTo(f *os.File, line []byte) error {
	info, err := f.Stat()
	if err != nil {
		return err
	}
	var last [1]byte
	if _, err := f.ReadAt(last[:], info.Size()-1); err == nil && last[0] != '\n' {
		line = append([]byte{'\n'}, line...)
	}
	if _, err := f.Write(line); err != nil {
		return errors.Join(err, f.Truncate(info.Size()))
	}
	return f.Sync()
}

// lines calls take for each whole line of a file; a file that is missing has none.
func (s *Store) lines(name string, take func(line []byte)) {
	f, err := s.root.Open(name)
	if err != nil {
		return
	}
	defer f.Close()
	r := bufio.NewReaderSize(f, 64<<10)
	for {
		line, err := readLine(r)
		if err != nil {
			return
		}
		take(line)
	}
}

// Entries lists all mail, the newest first. Errors are of files that can't be read; the others are listed all the same.
func (s *Store) Entries() (list []Entry, problems []error) {
	known := map[string]*Entry{}
	s.lines(index, func(line []byte) {
		e := new(Entry)
		if json.Unmarshal(line, e) == nil && valid(e.ID) {
			known[e.ID] = e
		}
	})
	get := func(folder, id string) (Item, error) {
		if known[id] != nil {
			return Item{}, nil
		}
		return s.item(folder, id)
	}
	for item, err := range s.each(get) {
		switch e := known[item.ID]; {
		case err != nil:
			problems = append(problems, fmt.Errorf("%s: %w", item.ID, err))
		case e != nil:
			e.Deleted = item.Deleted
			list = append(list, *e)
		default:
			list = append(list, item.entry())
		}
	}
	s.deeds(list)
	slices.SortFunc(list, func(a, b Entry) int { return b.Time.Compare(a.Time) })
	return list, problems
}

// Reindex writes the index anew from the files, and gives the number of mails in it. What people did with mail that is gone
// is forgotten. It can run beside a gateway: what is added meanwhile waits.
func (s *Store) Reindex() (n int, err error) {
	unlock, err := durable.Lock(s.root)
	if err != nil {
		return 0, err
	}
	defer unlock()
	var text, deeds bytes.Buffer
	there := map[string]bool{}
	for item, err := range s.List() {
		there[item.ID] = true
		line, jsonErr := json.Marshal(item.entry())
		if err != nil || jsonErr != nil {
			continue // it is listed with its error
		}
		text.Write(append(line, '\n'))
		n++
	}
	s.lines(journal, func(line []byte) {
		var d Deed
		if json.Unmarshal(line, &d) == nil && there[d.ID] {
			deeds.Write(line)
		}
	})
	return n, errors.Join(s.replace(index, text.Bytes()), s.replace(journal, deeds.Bytes()))
}

func (s *Store) replace(name string, text []byte) error {
	return s.dir.Write(staging+"/"+newID(), ".", name, func(w io.Writer) error {
		_, err := w.Write(text)
		return err
	})
}
