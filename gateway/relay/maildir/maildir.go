// Package maildir stores mail in a Maildir (https://cr.yp.to/proto/maildir.html): a folder with tmp, new and cur, one
// file a mail. A mail is written in tmp, fsynced, and renamed into new, so that readers see whole mails only.
//
// A mail for several recipients is one file, with a Delivered-To field for each: it is there for all of them at once or
// for none, which no number of files can promise. The content keeps its CRLF line ends: nothing is converted, so
// signatures stay valid and the file can be scanned again.
package maildir

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"strings"
	"sync/atomic"
	"time"

	"weir/gateway/durable"
)

// Box is one Maildir. It is safe for use by many goroutines and processes.
type Box struct {
	dir   *durable.Dir
	root  *os.Root
	host  string
	count atomic.Uint64
}

// Open uses the Maildir at path, which is made where it is missing. host names this machine in file names.
func Open(path, host string) (*Box, error) {
	dir, root, err := durable.Open(path, "tmp", "new", "cur")
	if err != nil {
		return nil, fmt.Errorf("maildir %s: %w", path, err)
	}
	return &Box{dir: dir, root: root, host: safeHost(host)}, nil
}

// Dir is the folder, for tests that put faults in.
func (b *Box) Dir() *durable.Dir { return b.dir }

// Close ends the use of the folder.
func (b *Box) Close() error { return b.root.Close() }

// Deliver stores a mail from a sender ("" the null sender) for its recipients and gives the file's name in new. After
// nil the mail survives a power cut; after an error it is not there. Addresses have no control characters.
func (b *Box) Deliver(from string, rcpts []string, chunks [][]byte) (string, error) {
	name := b.name()
	err := b.dir.Write("tmp/"+name, "new", "new/"+name, func(w io.Writer) error {
		if _, err := io.WriteString(w, trace(from, rcpts)); err != nil {
			return err
		}
		for _, c := range chunks {
			if _, err := w.Write(c); err != nil {
				return err
			}
		}
		return nil
	})
	return name, err
}

// trace gives the fields that final delivery adds (RFC 5321 section 4.4; Delivered-To as in RFC 9228).
func trace(from string, rcpts []string) string {
	var s strings.Builder
	s.WriteString("Return-Path: <" + from + ">\r\n")
	for _, r := range rcpts {
		s.WriteString("Delivered-To: " + r + "\r\n")
	}
	return s.String()
}

// name gives a unique file name: time, process, count and chance.
func (b *Box) name() string {
	now := time.Now()
	var r [8]byte
	rand.Read(r[:])
	return fmt.Sprintf("%d.M%06dP%dQ%dR%s.%s", now.Unix(), now.Nanosecond()/1000, os.Getpid(), b.count.Add(1), hex.EncodeToString(r[:]), b.host)
}

// safeHost keeps what may stand in a Maildir file name.
func safeHost(s string) string {
	s = strings.Map(func(r rune) rune {
		if r == '.' || r == '-' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' {
			return r
		}
		return '_'
	}, s)
	if s == "" || len(s) > 100 {
		return "localhost"
	}
	return s
}
