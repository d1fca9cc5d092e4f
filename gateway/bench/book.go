package main

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"weir/gateway"
	"weir/gateway/realtest"
)

type digest [sha256.Size]byte

// book knows the bench messages and what the sink got. Messages are compared without the header fields that a system
// under test may add or remove: Received, and those that Weir writes or strips.
type book struct {
	names map[digest]string // of what the client sends
	mu    sync.Mutex
	got   map[digest]int
	alien []byte // a message that nobody sent; nil: none came
}

// ownFields are lower-case names with the colon; a * at the end stands for any rest.
func ownFields() []string {
	h := gateway.DefaultHeaders
	list := append([]string{"Received:", h.ID + ":", h.Flag + ":", h.Status + ":", h.Score + ":"}, gateway.DefaultRemove...)
	for i, name := range list {
		list[i] = strings.TrimSuffix(strings.ToLower(name), "*")
	}
	return list
}

var own = ownFields()

func newBook(folder string) (*book, error) {
	b := &book{names: map[digest]string{}, got: map[digest]int{}}
	files, _ := filepath.Glob(filepath.Join(folder, "*", "*"))
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			return nil, err
		}
		b.names[digestOf(onTheWire(text))] = f
	}
	if len(b.names) != len(files) {
		return nil, fmt.Errorf("%d bench messages, %d different ones", len(files), len(b.names))
	}
	return b, nil
}

// onTheWire gives a message the line ends that the client sends.
func onTheWire(text []byte) []byte {
	lines := bytes.Split(bytes.TrimSuffix(text, []byte("\n")), []byte("\n"))
	for i, l := range lines {
		lines[i] = bytes.TrimSuffix(l, []byte("\r"))
	}
	return append(bytes.Join(lines, []byte("\r\n")), "\r\n"...)
}

// digestOf hashes a message without the fields that a system may add or remove.
func digestOf(mail []byte) (d digest) {
	h := sha256.New()
	skipping := false
	for len(mail) > 0 {
		end := bytes.IndexByte(mail, '\n') + 1
		if end == 0 {
			end = len(mail)
		}
		line := mail[:end]
		if len(bytes.TrimRight(line, "\r\n")) == 0 {
			break // the body: all of it
		}
		if folded := line[0] == ' ' || line[0] == '\t'; !folded {
			skipping = isOwn(line)
		}
		if !skipping {
			h.Write(line)
		}
		mail = mail[end:]
	}
	h.Write(mail)
	h.Sum(d[:0])
	return d
}

func isOwn(line []byte) bool {
	for _, name := range own {
		if len(line) >= len(name) && strings.EqualFold(string(line[:len(name)]), name) {
			return true
		}
	}
	return false
}

// record is the sink's callback.
func (b *book) record(m realtest.Mail) {
	d := digestOf(m.Data)
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.names[d] == "" && b.alien == nil {
		b.alien = bytes.Clone(m.Data)
	}
	b.got[d]++
}

func (b *book) reset() {
	b.mu.Lock()
	defer b.mu.Unlock()
	clear(b.got)
	b.alien = nil
}

// check tells whether the sink got every message once; the first warm ones were sent once more.
func (b *book) check(system string, messages, warm int) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.alien != nil {
		return fmt.Errorf("%s: a message arrived changed, or that nobody sent:\n%.2000s", system, b.alien)
	}
	total, twice := 0, 0
	for _, n := range b.got {
		total += n
		twice += n - 1
	}
	if len(b.got) != messages || total != messages+warm || twice != warm {
		return fmt.Errorf("%s: %d messages and %d before, but the sink got %d, %d of them different", system, messages, warm, total, len(b.got))
	}
	return nil
}
