// Package quarantine keeps mail in a folder for a person to look at, one file a mail.
//
// A file begins with one line of JSON (the Item: envelope, size, digest, report), then comes the exact message, gzipped
// (RFC 1952) and, where the config names keys, encrypted by age (age-encryption.org/v1), so that who can read the disk can't
// read the mail. It is written under another name, fsynced, renamed, and its folder fsynced before Store returns, since the
// client gets its 250 then (invariant I1): what is listed is whole. Names are random, and nothing that came with a mail is part
// of a path.
//
// The files are the truth. Beside them lie the index, which makes listing fast and is no more than a copy of what the files
// say, and the journal of what people did with them. Both can be lost without losing mail.
package quarantine

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path"
	"slices"
	"time"

	"filippo.io/age"

	"weir/gateway"
	"weir/gateway/durable"
	"weir/message"
)

// Errors of the quarantine.
var (
	ErrNoItem  = errors.New("quarantine: no such mail")
	ErrDamaged = errors.New("quarantine: the file is damaged")
	ErrSealed  = errors.New("quarantine: the mail is encrypted")
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
	From    string          `json:"from"`             // "" the null sender
	Rcpts   []string        `json:"rcpt"`             // those it is kept for
	Size    int64           `json:"size"`             // bytes of the message
	SHA256  string          `json:"sha256"`           // of the message, in hex
	Sealed  bool            `json:"sealed,omitempty"` // the message is encrypted, and the report quotes nothing of it
	Report  json.RawMessage `json:"report,omitempty"`

	Deleted bool `json:"-"` // it lies in the folder of deleted mail
}

// Store is the quarantine. It is safe for use by many goroutines and processes.
type Store struct {
	dir  *durable.Dir
	root *os.Root
	path string
	keys []age.Recipient // nil: mail is not encrypted
}

const (
	suffix  = ".mail"
	staging = "tmp"
	deleted = "deleted" // folder of mail that can be brought back
	// maxItem bounds the JSON line; a report is some kB.
	maxItem = 8 << 20
	// abandoned is when a file in tmp can no longer be somebody's work in progress.
	abandoned = time.Hour
)

// Open uses the folder of the config and clears what a crash left in tmp.
func Open(cfg Config) (*Store, error) {
	keys, err := cfg.recipients()
	if err != nil {
		return nil, err
	}
	dir, root, err := durable.Open(cfg.Dir, staging, deleted)
	if err != nil {
		return nil, fmt.Errorf("quarantine: dir %s: %w", cfg.Dir, err)
	}
	s := &Store{dir, root, cfg.Dir, keys}
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
	item, err := s.newItem(r, env, rcpts, chunks)
	if err != nil {
		return "", fmt.Errorf("quarantine: %w", err)
	}
	head, err := json.Marshal(item)
	if err == nil && len(head) >= maxItem {
		err = fmt.Errorf("the report has %d bytes, at most %d are kept", len(head), maxItem)
	}
	if err == nil {
		err = s.dir.Write(staging+"/"+item.ID, ".", item.ID+suffix, s.writer(head, chunks))
	}
	if err != nil {
		return "", fmt.Errorf("quarantine: %w", err)
	}
	s.note(item)
	return item.ID, nil
}

func (s *Store) newItem(r *gateway.Report, env *message.Envelope, rcpts []string, chunks [][]byte) (*Item, error) {
	item := &Item{
		Version: 1, ID: newID(), Time: time.Now().UTC(), Gateway: env.Hostname, Message: env.ID,
		Helo: env.Helo, User: env.Client.Auth, From: env.From, Rcpts: rcpts, Sealed: s.keys != nil,
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
	if item.Sealed {
		r = unquoted(r)
	}
	text, err := json.Marshal(r)
	item.Report = text
	return item, err
}

// unquoted is a report without what it quotes of the message: its subject, also that which a tag would have given it, names of
// attachments, addresses and words that were found.
func unquoted(r *gateway.Report) *gateway.Report {
	out := *r
	out.Subject, out.Edits, out.Removed = "", nil, nil
	out.Symbols = slices.Clone(r.Symbols)
	for i := range out.Symbols {
		out.Symbols[i].Detail = ""
	}
	if r.Bayes != nil {
		bayes := *r.Bayes
		bayes.Clues = nil
		out.Bayes = &bayes
	}
	return &out
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
