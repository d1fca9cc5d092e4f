// Package quarantine keeps mail in a folder for a person to look at, one file a mail.
//
// A file begins with one line of JSON (the Item: envelope, size, digest, report), then comes the exact message, gzipped
// (RFC 1952). It is written under another name, fsynced, renamed, and its folder fsynced before Store returns, since the
// client gets its 250 then (invariant I1): what is listed is whole. Names are random, and nothing that came with a mail is part
// of a path. The files are the truth: there is no index that could differ from them.
package quarantine

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path"
	"strings"
	"time"

	"weir/gateway"
	"weir/gateway/durable"
	"weir/message"
)

// Config is the table `[quarantine]`.
type Config struct {
	Dir string `toml:"dir"` // folder, made where it is missing; "" means no quarantine: such mail is deferred
}

// DefaultConfig keeps mail under weir-data.
func DefaultConfig() Config { return Config{Dir: "weir-data/quarantine"} }

// Check tells what is wrong with the settings.
func (c Config) Check() error {
	if strings.ContainsRune(c.Dir, 0) {
		return errors.New("quarantine: dir: has a NUL byte; write the folder's path")
	}
	return nil
}

// Errors of the quarantine.
var (
	ErrNoItem  = errors.New("quarantine: no such mail")
	ErrDamaged = errors.New("quarantine: the file is damaged")
)

// Item is what is known of a kept mail besides its content.
type Item struct {
	Version int             `json:"version"` // of the file format: 1
	ID      string          `json:"id"`      // 32 hex digits, random
	Time    time.Time       `json:"time"`    // when it was kept
	Gateway string          `json:"gateway"` // host name of the gateway that kept it
	Message string          `json:"message"` // Weir's id of the message, as in log and reply
	IP      string          `json:"ip,omitempty"`
	Helo    string          `json:"helo,omitempty"`
	User    string          `json:"user,omitempty"`
	From    string          `json:"from"`   // "" the null sender
	Rcpts   []string        `json:"rcpt"`   // those it is kept for
	Size    int64           `json:"size"`   // bytes of the message
	SHA256  string          `json:"sha256"` // of the message, in hex
	Report  json.RawMessage `json:"report,omitempty"`
}

// Store is the quarantine. It is safe for use by many goroutines and processes.
type Store struct {
	dir  *durable.Dir
	root *os.Root
	path string
}

const (
	suffix  = ".mail"
	staging = "tmp"
	// maxItem bounds the JSON line; a report is some kB.
	maxItem = 8 << 20
	// abandoned is when a file in tmp can no longer be somebody's work in progress.
	abandoned = time.Hour
)

// Open uses the folder of the config and clears what a crash left in tmp.
func Open(cfg Config) (*Store, error) {
	dir, root, err := durable.Open(cfg.Dir, staging)
	if err != nil {
		return nil, fmt.Errorf("quarantine: dir %s: %w", cfg.Dir, err)
	}
	s := &Store{dir, root, cfg.Dir}
	s.tidy(time.Now())
	return s, nil
}

// Dir is the folder, for tests that put faults in.
func (s *Store) Dir() *durable.Dir { return s.dir }

// Close ends the use of the folder.
func (s *Store) Close() error { return s.root.Close() }

// tidy removes what crashes left behind.
func (s *Store) tidy(now time.Time) {
	f, err := s.root.Open(staging)
	if err != nil {
		return
	}
	defer f.Close()
	for {
		entries, err := f.ReadDir(256)
		for _, e := range entries {
			if info, err := e.Info(); err == nil && now.Sub(info.ModTime()) > abandoned {
				_ = s.root.Remove(path.Join(staging, e.Name()))
			}
		}
		if err != nil {
			return
		}
	}
}

// Store keeps a mail, the concatenation of chunks, for the recipients and gives its id. After nil it is on the disk and is listed;
// after an error it is not there and the client must be told 451. The report may be nil.
func (s *Store) Store(r *gateway.Report, env *message.Envelope, rcpts []string, chunks [][]byte) (string, error) {
	item, err := newItem(r, env, rcpts, chunks)
	if err != nil {
		return "", fmt.Errorf("quarantine: %w", err)
	}
	head, err := json.Marshal(item)
	if err == nil && len(head) >= maxItem {
		err = fmt.Errorf("the report has %d bytes, at most %d are kept", len(head), maxItem)
	}
	if err == nil {
		err = s.dir.Write(staging+"/"+item.ID, ".", item.ID+suffix, writer(head, chunks))
	}
	if err != nil {
		return "", fmt.Errorf("quarantine: %w", err)
	}
	return item.ID, nil
}

func newItem(r *gateway.Report, env *message.Envelope, rcpts []string, chunks [][]byte) (*Item, error) {
	item := &Item{
		Version: 1, ID: newID(), Time: time.Now().UTC(), Gateway: env.Hostname, Message: env.ID,
		Helo: env.Helo, User: env.Client.Auth, From: env.From, Rcpts: rcpts,
	}
	if env.Client.Addr.IsValid() {
		item.IP = env.Client.Addr.String()
	}
	sum := sha256.New()
	for _, c := range chunks {
		item.Size += int64(len(c))
		sum.Write(c)
	}
	item.SHA256 = hex.EncodeToString(sum.Sum(nil))
	if r == nil {
		return item, nil
	}
	text, err := json.Marshal(r)
	item.Report = text
	return item, err
}

func newID() string {
	var b [16]byte
	rand.Read(b[:])
	return hex.EncodeToString(b[:])
}

// valid tells whether id is one of ours: anything else is no file of the quarantine.
func valid(id string) bool {
	if len(id) != 32 {
		return false
	}
	for i := 0; i < len(id); i++ {
		if c := id[i]; (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}

// Delete removes a mail for good.
func (s *Store) Delete(_ context.Context, id string) error {
	if !valid(id) {
		return fmt.Errorf("%w: %.40q", ErrNoItem, id)
	}
	err := s.dir.Remove(".", id+suffix)
	if errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("%w: %s", ErrNoItem, id)
	}
	return err
}
